import type { Sample } from './exposition-lines.js';

/**
 * What is wrong with a histogram's samples. Each series is: buckets with `le` ascending to `+Inf` and counts that never
 * fall, then `_sum`, then `_count` equal to the `+Inf` bucket, then at most one `_created`.
 */
export function histogramProblems(name: string, samples: readonly Sample[]): string[] {
  const problems: string[] = [];
  const done = new Set<string>();
  let current: string | undefined;
  let group: Sample[] = [];
  const close = (): void => {
    if (current === undefined) return;
    if (done.has(current)) problems.push(`series ${current} in two places`);
    done.add(current);
    problems.push(...seriesProblems(name, group).map((problem) => `series ${current ?? ''}: ${problem}`));
  };
  for (const sample of samples) {
    const series = JSON.stringify(sample.labels.filter(([label]) => label !== 'le'));
    if (series !== current) {
      close();
      current = series;
      group = [];
    }
    group.push(sample);
  }
  close();
  return problems;
}

function seriesProblems(name: string, group: readonly Sample[]): string[] {
  const problems: string[] = [];
  const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
  const shape = group.map((sample) => sample.name.slice(name.length)).join(' ');
  if (!/^(?:_bucket )+_sum _count(?: _created)?$/.test(shape)) problems.push(`samples are ${shape}`);
  let previousLe = Number.NEGATIVE_INFINITY;
  let previousCount = 0;
  for (const bucket of buckets) {
    const text = bucket.labels.find(([label]) => label === 'le')?.[1];
    if (text === undefined) {
      problems.push('a bucket without le');
      continue;
    }
    if (text !== '+Inf' && !/^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/.test(text)) problems.push(`le ${text} is no number`);
    else if (text !== '+Inf' && !/[.e]/.test(text)) problems.push(`le ${text} is no float`);
    const le = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
    if (!(le > previousLe)) problems.push(`le ${text} does not ascend`);
    const count = Number(bucket.value);
    if (!Number.isInteger(count) || count < previousCount) problems.push(`bucket ${text} counts ${bucket.value}`);
    previousLe = le;
    previousCount = count;
  }
  if (previousLe !== Number.POSITIVE_INFINITY) problems.push('no +Inf bucket at the end');
  const count = group.find((sample) => sample.name === `${name}_count`);
  if (count !== undefined && Number(count.value) !== previousCount) problems.push('+Inf is not _count');
  const withLe = group.filter((sample) => sample.name !== `${name}_bucket` && sample.labels.some(([l]) => l === 'le'));
  if (withLe.length > 0) problems.push('le outside a bucket');
  return problems;
}
