"""Made-up pairs of reports from one hamlet within a few hours: the alike ones tell of one event,
the unlike ones of two, and often share their words on purpose. The later ones were written after
the measure was, without looking at what it says of them; all are by one hand."""

ALIKE = (
    (
        "Cháy nhà kho gần cầu Bà Tư, lửa lớn lắm, gọi cứu hỏa gấp",
        "chay kho canh cau ba tu ba con oi",
    ),
    (
        "Đám thanh niên đánh nhau trước quán nhậu ngã ba, có người chảy máu",
        "ngoai nga ba dang danh nhau du lam, may thang cam cay ruot nhau",
    ),
    (
        "Karaoke loa kéo nhà cuối hẻm 5 hát tới khuya, không ai ngủ được",
        "hẻm 5 hát karaoke ồn quá cán bộ ơi, nhắc giùm",
    ),
    (
        "xe tải đụng xe máy ngay ngã tư trường học, người nằm giữa đường",
        "tai nan o nga tu truong hoc, xe tai can xe may, goi cap cuu",
    ),
    (
        "tối nay có người lạ mặt đi dòm ngó từng nhà ở tổ 7",
        "to 7 co 2 nguoi la cu di vong vong dom vo nha dan",
    ),
    (
        "cây dầu ngã chắn ngang đường vô nhà văn hóa, xe không qua được",
        "Cây ngã chắn đường nhà văn hoá rồi bà con, đi đường khác nha",
    ),
    (
        "Hai nhà cãi nhau vụ lấn ranh đất, cầm rựa đòi chém",
        "có vụ cãi lộn ranh đất ở xóm trên, cầm rựa ra rồi, mấy chú tới liền đi",
    ),
    (
        "đường dây điện đứt nằm ngoài lộ trước trạm y tế, nguy hiểm lắm",
        "day dien dut truoc tram y te, con nit hay choi cho do",
    ),
    (
        "mất trộm hai con bò nhà ở bìa rừng đêm qua",
        "hồi hôm trộm bắt bò của bà con bìa rừng, mất 2 con",
    ),
    (
        "thanh niên đua xe nẹt pô ngoài quốc lộ, rú ga ầm ầm",
        "tụi nhỏ đua xe ngoài quốc lộ nữa rồi, nẹt pô ồn quá trời",
    ),
    (
        "đánh bạc ăn tiền ở nhà trọ sau chợ, đông lắm",
        "sau cho co so bac, nha tro do tu tap danh bai an tien",
    ),
    (
        "có người đuối nước dưới hồ, đang kêu cứu",
        "2 đứa nhỏ tắm hồ bị đuối nước, cứu với bà con ơi",
    ),
    (
        "rẫy điều sau trường cấp 2 đang cháy, gió mạnh sợ lan qua nhà dân",
        "cháy rẫy phía sau trường cấp hai, khói mù mịt",
    ),
    (
        "chồng đánh vợ la làng ở dãy trọ số 3, có con nhỏ khóc",
        "day tro so 3 co ong chong say danh vo, la lang tu nay gio",
    ),
    (
        "Bình gas quán phở đầu chợ nổ, có người bị thương",
        "nổ lớn ở quán phở chợ, hình như nổ bình ga, có người bị thương",
    ),
    (
        "chó dại cắn người ở tổ 2, nó đang chạy ngoài đường",
        "to 2 co con cho dien can nguoi, ba con coi chung con nit",
    ),
    (
        "giựt dây chuyền trước cây xăng, hai thằng đi xe Exciter",
        "em vua bi giut day chuyen ngay cay xang, 2 thang chay exciter xanh",
    ),
    (
        "xả nước thải ra suối hôi thối, cá chết trắng",
        "cá chết nổi đầy suối, xưởng trên kia xả thải hôi không chịu nổi",
    ),
    (
        "người ta đổ rác trộm đầu cầu sắt nữa, xe ba gác chở tới đổ",
        "co xe ba gac do rac dau cau sat do can bo oi",
    ),
    (
        "nhóm đòi nợ thuê tạt sơn nhà trong hẻm chợ",
        "Bọn đòi nợ tới tạt sơn, chửi bới trong hẻm chợ, ai cũng sợ",
    ),
    (
        "nước ngập hết đường vô xóm 4, kẹt một nhà có bà già",
        "xom 4 ngap sau roi, co ba cu ket trong nha",
    ),
    ("cháy lớn quá bà con ơi ra giúp với", "nha ai chay ma khoi den thui tren doi vay"),
    (
        "mất xe máy Wave đỏ dựng trước nhà trọ cổng xanh",
        "em bị lấy cái xe wave ở trọ cổng xanh, mới nãy còn đó",
    ),
    (
        "ve chai lạ vô xóm rồi mất gà mất chó liên tục sáng giờ",
        "sang gio mat 3 con ga, nghi may nguoi ve chai la mat vo xom",
    ),
)

UNLIKE = (
    ("Cháy nhà kho gần cầu Bà Tư, lửa lớn lắm", "mất xe máy trước phòng trọ tối qua"),
    (
        "Đám thanh niên đánh nhau trước quán nhậu ngã ba, có người chảy máu",
        "hát karaoke loa kéo suốt đêm, nhờ cán bộ nhắc giùm",
    ),
    (
        "mất trộm hai con bò nhà ở bìa rừng đêm qua",
        "em bị giựt điện thoại lúc đi làm về ngoài quốc lộ",
    ),
    (
        "chó thả rông chạy đầy đường, suýt cắn cháu tôi",
        "xe tải chạy đầy đường giờ học sinh tan trường, nguy hiểm quá",
    ),
    (
        "hai nhà cãi nhau vì hàng rào lấn qua gần nửa mét",
        "hai vợ chồng cãi nhau đập đồ ở dãy trọ",
    ),
    (
        "đèn đường trước trường mẫu giáo hư cả tuần nay",
        "trước trường mẫu giáo có người bán kẹo lạ cho con nít",
    ),
    ("có người lạ gọi điện nói là công an đòi chuyển tiền", "có người lạ dòm ngó nhà tôi tối nay"),
    (
        "cây dầu ngã chắn ngang đường vô nhà văn hóa",
        "người ta đậu xe tải chắn ngang đường vô tổ 7 từ sáng giờ",
    ),
    (
        "nhà kế bên đêm nào cũng tụ tập đánh bài ăn tiền",
        "nhà kế bên đêm nào cũng nhậu, la hét ồn ào tới sáng",
    ),
    ("cứu em với, chồng đang đánh em", "cứu với, nhà em bị nước cuốn"),
    (
        "xe máy đụng nhau ngay ngã tư, một người gãy chân",
        "tụi nhỏ tụ tập đua xe ngoài ngã tư mỗi tối",
    ),
    ("mất 2 con gà với cái máy bơm hồi hôm", "mất xe đạp của con để trước sân sáng nay"),
    (
        "đốt rác khói bay vô nhà, có con nhỏ chịu không nổi",
        "đổ rác trước nhà tôi, nói hoài không nghe",
    ),
    ("ống nước vỡ chảy tràn ra đường hẻm 3", "ổ gà to ở hẻm 3, xe té hoài"),
    (
        "anh kia say rượu cầm dao đi ngoài đường la hét",
        "thanh niên say rượu chạy xe té xuống mương, gọi cấp cứu giùm",
    ),
    (
        "có đám người tới nhà tôi đòi nợ, đập cửa, xin cán bộ giúp",
        "cho vay nặng lãi dán giấy đầy cột điện, nhờ cán bộ gỡ",
    ),
    ("cháy rẫy điều trên đồi", "nổ bình gas ở quán phở trước chợ"),
    (
        "nuôi heo hôi quá, nước thải chảy qua vườn tôi",
        "hàng xóm xây nhà nước mưa chảy qua vườn tôi",
    ),
    ("trộm cạy cửa tiệm tạp hóa, mất tiền với thuốc lá", "trộm cắt dây điện thoại ngoài lộ"),
    ("tối qua mất chậu mai trước cửa nhà", "tối qua mất con chó trước cửa nhà"),
    (
        "hai bà hàng xóm chửi nhau vụ con gà qua vườn",
        "hàng xóm mở nhạc lớn, qua nói thì bị chửi",
    ),
    ("người ta bắn chim bằng súng hơi gần nhà dân", "người ta chích điện bắt cá dưới suối"),
    ("mạng internet yếu quá không làm dịch vụ công được", "điện cúp từ sáng tới giờ chưa có"),
    ("có bãi giữ xe thu tiền quá giá ở chợ", "ở chợ có người bán pháo lậu"),
)

LATER_ALIKE = (
    (
        "hai chiếc xe máy tông nhau trước cổng ủy ban, một anh bất tỉnh",
        "trước ủy ban xã có tai nạn, người nằm bất tỉnh, ai biết gọi xe cấp cứu giùm",
    ),
    (
        "mấy đứa đánh lộn ở sân bóng, có đứa cầm dao",
        "san bong danh nhau, thay cam dao, cong an xuong lien di",
    ),
    (
        "trộm vô nhà cô giáo Hạnh lấy laptop với điện thoại lúc trưa",
        "trưa nay nhà cô giáo bị trộm, mất cái laptop",
    ),
    (
        "nước lũ tràn qua đập, nhà tôi ngập tới gối rồi",
        "đập tràn nước rồi, mấy nhà dưới thấp ngập hết",
    ),
    (
        "hát karaoke loa kẹo kéo ở quán đầu cầu ồn quá, mai tụi nhỏ thi",
        "quan dau cau mo loa keo keo hat hoai, khong ai ngu duoc",
    ),
    (
        "có ông say nằm giữa đường liên xã chỗ cây xăng",
        "gần cây xăng có người say rượu nằm ngoài lộ, coi chừng xe cán",
    ),
    (
        "cây điều nhà tôi bị chặt trộm hơn chục cây đêm qua",
        "đêm qua vườn điều sau nhà tôi bị ai chặt phá, mất mười mấy cây",
    ),
    (
        "một bé trai khoảng 5 tuổi đi lạc ở chợ, mặc áo đỏ",
        "ở chợ có đứa nhỏ đi lạc khóc quá, áo đỏ, ai quen không",
    ),
    (
        "bà con coi chừng, có người giả nhân viên điện lực vô nhà đòi tiền",
        "hồi sáng có thằng xưng điện lực tới nhà em đòi thu tiền, nghi lừa đảo",
    ),
    (
        "rắn hổ bò vô trường mầm non, các cô đang sợ lắm",
        "trường mầm non có con rắn to, nhờ ai bắt giùm",
    ),
    (
        "hàng xóm đốt rác sát vách lá nhà tôi, lửa bén rồi",
        "vách lá nhà bên bén lửa do đốt rác, đang dập",
    ),
    (
        "xe ben chở đất chạy ầm ầm làm bụi mù đường tổ 3, xin xử lý",
        "đường tổ 3 bụi quá trời, xe ben chở đất chạy cả ngày",
    ),
    (
        "cột điện trước nhà văn hóa nghiêng sắp đổ sau cơn giông",
        "giong lam cot dien nghieng qua gan nha van hoa, so do lam",
    ),
    (
        "ông Ba bị bò húc gãy tay ngoài đồng, cần người chở đi trạm",
        "ngoài đồng có chú bị bò húc, gãy tay rồi",
    ),
    (
        "chồng cầm dao rượt vợ chạy khắp xóm, ai can giùm",
        "co nguoi cam dao ruot vo trong xom, so qua",
    ),
    ("tụi nó bắn pháo nổ ầm ầm ở bờ đê tối nay", "bờ đê có đám đốt pháo, nổ giật mình con nít"),
    (
        "quán net sau trường chứa học sinh chơi tới 2 giờ sáng",
        "học sinh trốn học vô quán net sau trường chơi thâu đêm",
    ),
    ("ghe chở cát hút trộm dưới sông khúc bến đò cũ", "ben do cu co ghe hut cat lau dem nay"),
)

LATER_UNLIKE = (
    (
        "hai chiếc xe máy tông nhau trước cổng ủy ban, một anh bất tỉnh",
        "trộm vô nhà cô giáo Hạnh lấy laptop với điện thoại lúc trưa",
    ),
    (
        "mấy đứa đánh lộn ở sân bóng, có đứa cầm dao",
        "có ông say nằm giữa đường liên xã chỗ cây xăng",
    ),
    (
        "nước lũ tràn qua đập, nhà tôi ngập tới gối rồi",
        "cột điện trước nhà văn hóa nghiêng sắp đổ sau cơn giông",
    ),
    (
        "quan dau cau mo loa keo keo hat hoai, khong ai ngu duoc",
        "bờ đê có đám đốt pháo, nổ giật mình con nít",
    ),
    (
        "cây điều nhà tôi bị chặt trộm hơn chục cây đêm qua",
        "mất con bò ngoài bìa rừng đêm qua, ai thấy báo giùm",
    ),
    ("một bé trai khoảng 5 tuổi đi lạc ở chợ, mặc áo đỏ", "ở chợ có người móc túi, em mất cái bóp"),
    (
        "có người giả nhân viên điện lực vô nhà đòi tiền",
        "có người gọi điện xưng công an đòi chuyển tiền",
    ),
    ("rắn hổ bò vô trường mầm non", "trước trường mầm non xe đậu lung tung giờ rước con"),
    (
        "hàng xóm đốt rác sát vách lá nhà tôi, lửa bén rồi",
        "hàng xóm nuôi gà hôi quá, nói hoài không nghe",
    ),
    ("đường tổ 3 bụi quá trời, xe ben chở đất chạy cả ngày", "tổ 3 mất nước ba ngày nay rồi"),
    ("ông Ba bị bò húc gãy tay ngoài đồng", "ngoài đồng có người chích cá bằng điện"),
    (
        "chồng cầm dao rượt vợ chạy khắp xóm, ai can giùm",
        "thằng cháu say rượu cầm dao đập phá đồ trong nhà",
    ),
    (
        "quán net sau trường chứa học sinh chơi tới 2 giờ sáng",
        "sau trường có đám học sinh đánh nhau",
    ),
    ("ghe chở cát hút trộm dưới sông khúc bến đò cũ", "bến đò cũ có người đuối nước, cứu với"),
    ("xe tải đụng sập cổng chào của ấp", "cổng chào của ấp bị tắt đèn mấy bữa nay"),
    ("mất xe đạp của con để trước sân", "con chó nhà tôi bị bắt trộm hồi khuya"),
    ("hai nhà gây nhau vì con gà bới vườn rau", "anh em trong nhà gây nhau chia đất"),
    ("đám cưới dựng rạp lấn hết đường, xe không qua được", "đám ma hát loa tới khuya ồn quá"),
    ("ai thả trâu phá lúa nhà tôi", "ai đổ hóa chất làm chết cá ao nhà tôi"),
    ("dây cáp mạng đứt rơi xuống đường trước tiệm tạp hóa", "tiệm tạp hóa bán rượu cho con nít"),
)
