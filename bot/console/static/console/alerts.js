// A sound and a notification for urgent reports, once the officer has asked for them on this device.
// They tell that there is something, and its code: nothing of what it says, or of where it is.
"use strict";

(() => {
  const button = document.querySelector("[data-alerts]");
  if (!button) return;

  const SETTING = "binhyen-alerts";
  const URGENT = ["created", "from_reporter", "urgency_raised", "urgent_changed"];
  const on = () => localStorage.getItem(SETTING) === "on";
  const notifies = "Notification" in window;
  const said = document.querySelector("[data-alerts-said]");
  let audio = null;

  const show = () => {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(on()));
    button.classList.toggle("on", on());
  };

  const say = (words) => {
    said.textContent = words;
    setTimeout(() => { if (said.textContent === words) said.textContent = ""; }, 8000);
  };

  const ready = () => {
    try {
      audio = audio || new AudioContext();
      if (audio.state === "suspended") audio.resume();
    } catch { /* a browser without sound */ }
    return audio;
  };

  const beep = () => {
    if (!ready()) return;
    [0, 0.25].forEach((delay, i) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const at = audio.currentTime + delay;
      tone.frequency.value = i ? 880 : 660;
      volume.gain.setValueAtTime(0.15, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.22);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.25);
    });
  };

  button.addEventListener("click", async () => {
    localStorage.setItem(SETTING, on() ? "off" : "on");
    show();
    if (!on()) return say("Đã tắt chuông việc khẩn trên máy này.");
    beep();
    say("Đã bật chuông. Khi trang còn mở, có việc khẩn máy này sẽ kêu.");
    if (notifies && await Notification.requestPermission() === "granted") return;
    if (on()) say("Đã bật chuông. Trình duyệt không cho hiện thông báo, nên chỉ có tiếng khi trang còn mở.");
  });

  // Browsers are silent on a page that was not touched yet.
  const touched = () => { if (on()) ready(); };
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, touched, { once: true });

  document.addEventListener("report-changed", ({ detail: change }) => {
    if (!on() || !change.urgent || !URGENT.includes(change.type)) return;
    beep();
    if (!notifies || Notification.permission !== "granted" || !document.hidden) return;
    try {
      const shown = new Notification("Bình Yên: việc khẩn", { body: `Phản ánh ${change.code}`, tag: change.code });
      shown.onclick = () => { window.focus(); location.href = `/console/phan-anh/${change.code}`; };
    } catch { /* phones show notifications of installed pages only */ }
  });

  show();
})();
