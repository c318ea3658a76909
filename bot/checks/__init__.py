"""What can be wrong with an installation: one list, for `binhyen doctor`, start-up, the console's
page of troubles and the alerts."""
