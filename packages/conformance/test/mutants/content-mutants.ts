import type { Mutant } from './mutant.js';

/** Writers that write other keys and values than were recorded. */
export const contentMutants: readonly Mutant[] = [
  {
    ...{
      name: 'has internal keys under the usual prefix',
      text: 'self._meta = f"{prefix}-meta{in_shard}"',
    },
    by: 'self._meta = "metrics-meta"',
    ...{ caughtBy: 'other-prefix', requirement: 'W-13' },
  },
  {
    ...{ name: 'swaps two keys', text: '"changed", "live", f"writer' },
    by: '"live", "changed", f"writer',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-13' },
  },
  {
    ...{
      name: 'sends all families',
      text: 'names = list(dict.fromkeys(operation["name"] for _, operation in batch["series"]))',
    },
    by: 'names = list(self._families)',
    ...{ caughtBy: 'many-series', requirement: 'W-14' },
  },
  {
    ...{ name: 'gives the position of a family from 0', text: 'names.index(operation["name"]) + 1' },
    by: 'names.index(operation["name"])',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-14' },
  },
  {
    ...{ name: 'sends any number of series', text: 'COUNTERS_PER_BATCH = 128' },
    by: 'COUNTERS_PER_BATCH = 100_000',
    ...{ caughtBy: 'many-series', requirement: 'W-15' },
  },
  {
    ...{
      name: 'sends as many histograms as counters',
      text: 'return COUNTERS_OF_A_RECORD + _rounded_up(bounds) if bounds > 0 else 1',
    },
    by: 'return 1',
    ...{ caughtBy: 'many-histograms', requirement: 'W-15' },
  },
  {
    ...{ name: 'has another time to live', text: 'batch["number"], age_ms, self._times.ttl_ms,' },
    by: 'batch["number"], age_ms, self._times.ttl_ms // 1000,',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-18' },
  },
  {
    ...{ name: 'does not sort labels', text: 'in sorted(labels.items())]' },
    by: 'in labels.items()]',
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'sorts labels without regard to case', text: 'in sorted(labels.items())]' },
    by: 'in sorted(labels.items(), key=lambda label: label[0].lower())]',
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'keeps empty labels', text: ' for name, text in parts if text != ""]' },
    by: ' for name, text in parts]',
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'encodes as URLs are', text: 'return _ENCODED.sub(' },
    by: '__import__("urllib.parse"); return __import__("urllib").parse.quote(text)\n    return _ENCODED.sub(',
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'leaves control characters as they are', text: "\\x00-\\x1f\\x7f-\\x9f]')" },
    by: "]')",
    ...{ caughtBy: 'label-values', requirement: 'W-4' },
  },
  {
    ...{ name: 'takes reserved labels', text: 're.compile(r"job|instance|le|quantile|__.*", re.DOTALL)' },
    by: 're.compile(r"[^\\s\\S]")',
    ...{ caughtBy: 'bad-labels', requirement: 'W-2' },
  },
  {
    ...{ name: 'counts characters of label values', text: 'len(text.encode()) >' },
    by: 'len(text) >',
    ...{ caughtBy: 'bad-labels', requirement: 'W-3' },
  },
  {
    ...{ name: 'takes any number of labels', text: 'MAX_LABELS = 10\n' },
    by: 'MAX_LABELS = 100\n',
    ...{ caughtBy: 'bad-labels', requirement: 'W-3' },
  },
  {
    ...{ name: 'takes reserved names', text: 'if _RESERVED_METRIC.fullmatch(name):' },
    by: 'if False:',
    ...{ caughtBy: 'bad-names', requirement: 'W-1' },
  },
  {
    ...{ name: 'does not encode names', text: 'return name if _PLAIN_NAME.fullmatch(name) else _encode(name)' },
    by: 'return name',
    ...{ caughtBy: 'utf8-names', requirement: 'W-4', orRequirement: 'W-14' },
  },
  {
    ...{ name: 'takes names with a NUL', text: 'return name != "" and "\\0" not in name and _is_unicode(name)' },
    by: 'return name != "" and _is_unicode(name)',
    ...{ caughtBy: 'bad-names', requirement: 'W-1' },
  },
  {
    ...{
      name: 'takes names derived from a histogram',
      text: 'if base is not None and base["type"] == "histogram":',
    },
    by: 'if False:',
    ...{ caughtBy: 'bad-names', requirement: 'W-1' },
  },
  {
    ...{ name: 'takes negative increments', text: 'if added < 0 and family["type"] == "counter":' },
    by: 'if False:',
    ...{ caughtBy: 'bad-values', requirement: 'W-5' },
  },
  {
    ...{ name: 'takes bounds in any order', text: 'or not is_ascending:' },
    by: 'or False:',
    ...{ caughtBy: 'bad-bounds', requirement: 'W-10' },
  },
  {
    ...{
      name: 'takes a second declaration',
      text: '                _check_again(known, family)\n                return []\n',
    },
    by: '                pass\n',
    ...{ caughtBy: 'declared-twice', requirement: 'W-11' },
  },
  {
    ...{ name: 'sends 14 digits of a number', text: '"set", "touch") if field in operation}' },
    by: '"set", "touch") if field in operation}\n        values = {f: float(f"{v:.14g}") if f == "add" else v for f, v in values.items()}',
    ...{ caughtBy: 'numbers', requirement: 'W-7' },
  },
  {
    ...{
      name: 'sends an infinite sum',
      text: '            raise Refusal("overflow", "the sum would be infinite")',
    },
    by: '            total = 0',
    ...{ caughtBy: 'numbers', requirement: 'W-9' },
  },
  {
    ...{ name: 'puts a value on a bound into the next bucket', text: 'operation["counts"][bisect.bisect_left' },
    by: 'operation["counts"][bisect.bisect_right',
    ...{ caughtBy: 'buckets', requirement: 'W-8' },
  },
  {
    ...{
      name: 'sends cumulative counts',
      text: '            operation["counts"][bisect.bisect_left(bounds, observed)] += 1\n',
    },
    by: `            for bucket in range(bisect.bisect_left(bounds, observed), len(bounds) + 1):
                operation["counts"][bucket] += 1
`,
    ...{ caughtBy: 'buckets', requirement: 'W-8' },
    alsoCaughtBy: ['different-bounds', 'beside-native-histogram'],
  },
  {
    ...{ name: 'sends totals', text: 'waiting, self.waiting = list(self.waiting.items()), {}' },
    by: 'waiting = [(key, dict(operation)) for key, operation in self.waiting.items()]',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-22' },
    alsoCaughtBy: ['beside-exemplars'],
  },
  {
    ...{ name: 'leaves out the type of a family', text: 'family = {**self._families[name], "age": age_ms}' },
    by: 'family = {**self._families[name], "age": age_ms, "type": None}',
    ...{ caughtBy: 'family-records', requirement: 'W-20' },
  },
  {
    name: 'takes infinities for each other',
    text: '{math.inf: "+Inf", -math.inf: "-Inf"}',
    by: '{math.inf: "-Inf", -math.inf: "+Inf"}',
    ...{ caughtBy: 'gauge-values', requirement: 'W-5' },
  },
  {
    name: 'has one series of a gauge for all processes',
    text: 'label_part({**labels, "process": self._process} if',
    by: 'label_part({**labels} if',
    ...{ caughtBy: 'gauge-of-process', requirement: 'W-24' },
  },
];
