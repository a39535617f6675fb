-- Scripts that Redis runs: Lua 5.1 with what Redis adds.
std = 'lua51'
read_globals = { 'redis', 'KEYS', 'ARGV', 'cjson', 'cmsgpack', 'bit' }
max_line_length = 120
-- The parts in lua/ are checked one by one by scripts/lint-lua.mjs.
exclude_files = { 'lua', '**/node_modules' }
