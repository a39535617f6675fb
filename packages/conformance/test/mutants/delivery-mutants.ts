import type { Mutant } from './mutant.js';

const NO_ANSWER = `            batch["in_doubt"] = True
            raise`;
const ANSWERED = 'if kind in ("applied", "duplicate"):';
const GIVEN_UP = 'if rest[1] != "gone":';

/** Writers that number, repeat and finish batches wrongly. */
export const deliveryMutants: readonly Mutant[] = [
  {
    ...{ name: 'sends a batch again under a new number', text: NO_ANSWER },
    by: `            batch["number"] = self._next_number
            self._next_number += 1
            raise`,
    ...{ caughtBy: 'cut-after-applied', requirement: 'W-31' },
    alsoCaughtBy: ['restart-with-data', 'frozen-writer'],
  },
  {
    ...{ name: 'drops a batch without an answer', text: NO_ANSWER },
    by: `            self._batches.popleft()
            raise`,
    ...{ caughtBy: 'cut-before-applied', requirement: 'W-31' },
  },
  {
    ...{ name: 'counts a batch without an answer as written', text: NO_ANSWER },
    by: `            self.held += _recordings(self._batches.popleft())
            raise`,
    ...{ caughtBy: 'redis-away', requirement: 'W-57' },
  },
  {
    ...{ name: 'takes a new id after each broken connection', text: NO_ANSWER },
    by: `            self._incarnation = uuid.uuid4().hex
            raise`,
    ...{ caughtBy: 'cut-after-applied', requirement: 'W-47' },
    alsoCaughtBy: ['first-answer-lost', 'data-went-back-in-doubt'],
  },
  {
    ...{ name: 'has the same id in each process', text: 'self._incarnation = uuid.uuid4().hex' },
    by: 'self._incarnation = "the-host-of-this-writer"',
    ...{ caughtBy: 'two-writers', requirement: 'W-27' },
    alsoCaughtBy: ['two-writers-cut'],
  },
  {
    ...{ name: 'keeps its id for the next start', text: 'self._incarnation = uuid.uuid4().hex' },
    by: 'self._incarnation = uuid.uuid5(uuid.NAMESPACE_URL, SCRIPT).hex',
    ...{ caughtBy: 'writer-starts-again', requirement: 'W-27' },
    alsoCaughtBy: ['two-in-a-process'],
  },
  {
    name: 'adds recordings to a batch without an answer',
    text: '        waiting = series.shard.waiting\n',
    by: `        for key, older in [each for batch in series.shard._batches for each in batch["series"]]:
            if key == series.key:
                return older
        waiting = series.shard.waiting
`,
    ...{ caughtBy: 'cut-before-applied', requirement: 'W-30' },
    alsoCaughtBy: ['native-answer-lost'],
  },
  {
    ...{ name: 'writes a duplicate as a new batch', text: `        ${ANSWERED}` },
    by: `        if kind == "duplicate":
            self._revision = rest[-1]
            batch["number"] = self._next_number
            self._next_number += 1
        elif kind == "applied":`,
    ...{ caughtBy: 'cut-after-applied', requirement: 'W-30' },
  },
  {
    ...{ name: 'begins at number 0', text: 'self._next_number = 1' },
    by: 'self._next_number = 0',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-28' },
  },
  {
    ...{ name: 'leaves out numbers', text: '        self._next_number += 1\n' },
    by: '        self._next_number += 2\n',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-28' },
  },
  {
    ...{
      name: 'forgets what waits when Redis is away',
      text: '        self._send_all(client)\n        with self._lock:\n            self._fill_batches()',
    },
    by: `        try:
            self._send_all(client)
        except redis.RedisError:
            self.waiting.clear()
            raise
        with self._lock:
            self._fill_batches()`,
    ...{ caughtBy: 'redis-away', requirement: 'W-56' },
  },
  {
    name: 'takes an error reply for an answer',
    text: '                raise\n            with self._lock:\n                self._isolate(error)',
    by: '                self.held += _recordings(self._batches.popleft())\n                return\n            with self._lock:\n                self._isolate(error)',
    ...{ caughtBy: 'out-of-memory', requirement: 'W-40' },
    alsoCaughtBy: ['error-replies'],
  },
  {
    ...{
      name: 'does not send the script again',
      text: 'return client.execute_command("EVAL", SCRIPT, *arguments)',
    },
    by: 'return ["applied", self._dataset, "0", "", ""]',
    ...{ caughtBy: 'script-forgotten', requirement: 'W-19' },
  },
  {
    ...{ name: 'sends another script', text: '_SHA = hashlib' },
    by: 'SCRIPT += "\\n-- changed"\n_SHA = hashlib',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-12' },
  },
  {
    name: 'waits for an answer without limit',
    text: "socket_timeout={request['answerTimeoutMs'] / 1000}",
    by: 'socket_timeout=1000',
    timeoutMs: 3000,
    ...{ caughtBy: 'no-answer', requirement: 'W-42' },
  },
  {
    ...{
      name: 'sends the same age each time',
      text: 'age_ms = round((time.monotonic() - batch["made"]) * 1000)',
    },
    by: 'age_ms = 0',
    ...{ caughtBy: 'no-answer', requirement: 'W-17' },
    alsoCaughtBy: ['gauge-order'],
  },
  {
    ...{ name: 'takes an index error for a failure', text: '            batch["answered"] = self.is_begun = True\n' },
    by: `            batch["answered"] = self.is_begun = True
            if rest[1] != "":
                self._drop_series(batch["series"], "refused")
                batch["series"] = []
`,
    ...{ caughtBy: 'index-error', requirement: 'W-35' },
  },
  {
    ...{ name: 'ignores refusals', text: 'self._note_refused(batch["series"][int(place) - 1], why)' },
    by: 'pass',
    ...{ caughtBy: 'refused-series', requirement: 'W-58' },
  },
  {
    name: 'takes the details of a refusal for its reason',
    text: 'reason, _, found = why.partition(":")',
    by: 'reason, _, found = why, "", ""',
    ...{ caughtBy: 'refused-series', requirement: 'W-34' },
  },
  {
    ...{ name: 'ignores refusals of a duplicate', text: 'for place, why in zip(pairs[::2], pairs[1::2]):' },
    by: 'for place, why in zip(pairs[::2], pairs[1::2]) if kind == "applied" else []:',
    ...{ caughtBy: 'refusals-of-lost-answer', requirement: 'W-58' },
  },
  {
    ...{
      name: 'drops a whole batch for a refused series',
      text: 'self._note_refused(batch["series"][int(place) - 1], why)',
    },
    by: '[self._note_refused(series, why) for series in batch["series"]]',
    ...{ caughtBy: 'refused-series', requirement: 'W-58' },
  },
  {
    ...{
      name: 'drops a malformed batch whole, and its number',
      text: '        batch = self._batches.popleft()\n',
    },
    by: `        batch = self._batches.popleft()
        for series in batch["series"][1:]:
            self._drops.add(series[1]["name"], Refusal("refused", ""), series[1]["recordings"])
        del batch["series"][1:]
`,
    ...{ caughtBy: 'malformed-call', requirement: 'W-58' },
  },
  {
    ...{
      name: 'does not say what it drops when it closes',
      text: 'self._drop_series(batch["series"], "in_doubt" if batch["in_doubt"] else "closed")',
    },
    by: 'pass',
    ...{ caughtBy: 'close-while-away', requirement: 'W-56' },
  },
  {
    ...{
      name: 'takes what may be written for not written when it closes',
      text: '"in_doubt" if batch["in_doubt"] else "closed"',
    },
    by: '"closed"',
    ...{ caughtBy: 'close-while-away', requirement: 'W-55' },
  },
  {
    ...{
      name: 'does not count what it refuses',
      text: '            self._recorded += 1\n',
    },
    by: '            self._recorded += change != "add"\n',
    ...{ caughtBy: 'bad-values', requirement: 'W-56' },
  },
  {
    ...{ name: 'sends batches again that may be in Redis, without ledger and mark', text: GIVEN_UP },
    by: 'if False:',
    ...{ caughtBy: 'in-doubt-without-ledger', requirement: 'W-37' },
  },
  {
    name: 'sends answered batches again without ledger and mark',
    text: 'given_up = [waiting for waiting in self._batches if waiting["answered"]]',
    by: 'given_up = []',
    ...{ caughtBy: 'ledger-and-mark-deleted', requirement: 'W-37' },
    alsoCaughtBy: ['ledger-mark-revision-deleted'],
  },
  {
    ...{ name: 'does not count what was deleted', text: 'self.lost += _recordings(each)' },
    by: 'pass',
    ...{ caughtBy: 'data-deleted', requirement: 'W-56' },
    alsoCaughtBy: ['data-deleted-in-doubt', 'restart-without-data'],
  },
  {
    ...{
      name: 'sends nothing again after a gap',
      text: 'self._batches.extendleft(reversed(missing))\n        self._resume',
    },
    by: 'self._resume',
    ...{ caughtBy: 'data-went-back', requirement: 'W-36' },
    alsoCaughtBy: ['data-before-first-batch'],
  },
  {
    ...{
      name: 'sends again in the wrong order',
      text: 'self._batches.extendleft(reversed(missing))\n        self._resume',
    },
    by: 'self._batches.extend(missing)\n        self._resume',
    ...{ caughtBy: 'data-went-back', requirement: 'W-36' },
  },
  {
    ...{ name: 'ignores the note of the mark', text: 'if held is not None and is_forgotten:' },
    by: 'if False:',
    ...{ caughtBy: 'data-went-far-back', requirement: 'W-36' },
  },
  {
    ...{ name: 'takes the note where it knows better', text: 'if held is not None and is_forgotten:' },
    by: 'if held is not None:',
    ...{ caughtBy: 'data-went-back-refused', requirement: 'W-36' },
  },
  {
    ...{ name: 'goes on resuming', text: 'self._dataset, self._resume_after, self._revision = dataset, "",' },
    by: 'self._dataset, self._revision = dataset,',
    ...{ caughtBy: 'data-went-back', requirement: 'W-49' },
  },
  {
    ...{ name: 'never sends the data set', text: 'head = [1, self._shards, self._dataset,' },
    by: 'head = [1, self._shards, "",',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-16' },
    alsoCaughtBy: ['data-set-deleted'],
  },
  {
    ...{ name: 'never sends the revision', text: 'note, self._resume_after, self._revision]' },
    by: 'note, self._resume_after, ""]',
    ...{ caughtBy: 'one-of-each-type', requirement: 'W-48' },
    alsoCaughtBy: ['revision-deleted'],
  },
  {
    ...{ name: 'ignores the revision of a duplicate', text: 'revision or self._revision' },
    by: '(kind == "applied" and revision) or self._revision',
    ...{ caughtBy: 'data-deleted-answer-lost', requirement: 'W-48' },
  },
  {
    ...{ name: 'offers the same data set as all others', text: 'self._dataset, uuid.uuid4().hex, batch' },
    by: 'self._dataset, "data-set-of-all", batch',
    ...{ caughtBy: 'two-writers', requirement: 'W-16' },
  },
  {
    name: 'writes on in another format',
    text: '            raise RuntimeError(',
    by: '            return self.held, self._batches.popleft()\n            raise RuntimeError(',
    ...{ caughtBy: 'other-format', requirement: 'W-56' },
  },
  {
    ...{
      name: 'takes a new id after a gap',
      text: 'self._go_back_to(int(rest[1]), int(rest[2]) if rest[2] else None)',
    },
    by: `self._go_back_to(int(rest[1]), int(rest[2]) if rest[2] else None)
            self._incarnation, self._resume_after = uuid.uuid4().hex, ""
            for number, waiting in enumerate(self._batches, 1):
                waiting["number"] = number
            self._next_number = len(self._batches) + 1`,
    ...{ caughtBy: 'data-came-back', requirement: 'W-47' },
  },
  {
    ...{ name: 'has the mark of another', text: 'keys.append(meta(f"mark:{self._incarnation}"))' },
    by: 'keys.append(meta(f"mark:{self._times.started}"))',
    ...{ caughtBy: 'ledger-deleted', requirement: 'W-13' },
    alsoCaughtBy: ['mark-deleted'],
  },
  {
    ...{ name: 'counts all refusals alike', text: 'self._drops.add(operation["name"], Refusal(reason, detail)' },
    by: 'self._drops.add(operation["name"], Refusal("refused", detail)',
    ...{ caughtBy: 'type-taken', requirement: 'W-58' },
  },
  {
    ...{
      name: 'forgets what waits when it closes',
      text: '        try:\n            self.flush()\n        except',
    },
    by: '        try:\n            [shard.waiting.clear() for shard in self._shards]\n        except',
    ...{ caughtBy: 'close-writes', requirement: 'W-56' },
  },
  {
    name: 'sends a batch twice at a time',
    text: '            return client.execute_command("EVALSHA", _SHA, *arguments)\n',
    by: `            import concurrent.futures
            with concurrent.futures.ThreadPoolExecutor() as pool:
                send = lambda: client.execute_command("EVALSHA", _SHA, *arguments)
                return [pool.submit(send) for _ in range(2 if batch["number"] == 2 else 1)][0].result()
`,
    ...{ caughtBy: 'answer-delayed', requirement: 'W-29', orRequirement: 'W-48' },
  },
  {
    name: 'takes READONLY for an answer',
    text: '            disconnect(client)\n            raise\n',
    by: '            self.held += _recordings(self._batches.popleft())\n            return\n',
    ...{ caughtBy: 'read-only', requirement: 'W-40' },
  },
];
