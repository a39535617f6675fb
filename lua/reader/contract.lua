-- What applications recorded in Redis, as Prometheus series. It only reads (EVAL_RO runs it, too).
--
-- KEYS     none: it finds the series itself
-- ARGV[1]  nothing or "text": Prometheus text, one element of the reply a line, for people
--          "pairs": a flat list of series, value, series, value; a series is its PromQL selector,
--          user_events{event="joined"}
--          "0": the same for redis_exporter, with new counters and histograms at 0
-- ARGV[2…] settings as name=value, for tests and tools:
--          now_ms      the time to take for now, in milliseconds since the epoch; default Redis's own
--          max_series  most series in one answer
--          scan_limit  most keys in the database up to which it is scanned
--          escaping    underscores or allow-utf-8; default ESCAPING, below
--          page, pages show one page of so many, a power of two; default PAGE and PAGES
--          new_ms      how long counters and histograms are new, in milliseconds; default for "0" NEW_SERIES_MS, else 0
-- Returns  the answer as a list of strings, of one page perhaps none; an error for arguments it does not know, never
--          for what lies in Redis: a key that cannot be read is left out and counted in redmeter_skipped_keys

-- Prometheus counts how much a series rose since it was first seen. So a counter or histogram is shown as 0 until it is
-- this old, in milliseconds: one and a half scrape intervals, so that one scrape at least sees the 0. Change it here
-- for another scrape_interval than 5 s; 0 shows values at once.
local NEW_SERIES_MS = 7500

-- Names of metrics and labels that Prometheus 2 does not accept, such as http.server.requests: shown as they are. With
-- 'underscores' every character that it does not accept becomes _.
local ESCAPING = 'allow-utf-8'

-- Several scripts can share the series, so that none holds Redis for long: npm run generate -- --pages 16 writes them.
-- This one shows them all.
local PAGE, PAGES = 1, 1
