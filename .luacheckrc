-- Scripts that Redis runs: Lua 5.1 with what Redis adds.
std = 'lua51'
read_globals = { 'redis', 'KEYS', 'ARGV', 'cjson', 'cmsgpack', 'bit' }
max_line_length = 120
