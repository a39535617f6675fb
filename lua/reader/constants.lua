-- Constants of the format, from packages/metric-format

-- <generated>
-- </generated>
