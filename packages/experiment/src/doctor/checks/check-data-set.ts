import { MAX_ANSWER_SERIES } from '@redmeter/metric-format';
import type { Facts } from '../facts.js';
import { counted, type Finding } from '../finding.js';

const NEARLY_FULL = 0.8;

/** The data set as a whole: whether there is one, its format and shards, and whether exporters have room for it. */
export function checkDataSet(facts: Facts): Finding[] {
  return [...emptiness(facts), ...room(facts), ...format(facts)];
}

function emptiness({ keys, search, prefix }: Facts): Finding[] {
  if (keys.keys.length > 0 || !search.isWhole) return [];
  return [
    {
      code: 'no_metrics',
      severity: 'warning',
      what: `There are no keys under ${prefix}:`,
      why: 'Exporters have nothing to show.',
      todo: 'Check address, database number and prefix of the application, and whether it recorded anything in the last 30 minutes.',
    },
  ];
}

function room({ metrics, truncated }: Facts): Finding[] {
  const series = [...metrics.report.seriesByType.values()].reduce((sum, count) => sum + count, 0);
  if (truncated.length === 0 && series <= MAX_ANSWER_SERIES * NEARLY_FULL) return [];
  const isFull = truncated.length > 0;
  const most = MAX_ANSWER_SERIES.toLocaleString('en-US');
  return [
    {
      code: isFull ? 'answer_full' : 'answer_nearly_full',
      severity: isFull ? 'error' : 'warning',
      what: `There are ${counted(series, 'series', 'series')}; redis-exporter.lua answers with ${most} at most`,
      why: `${isFull ? 'Whole metrics are' : 'Beyond that, whole metrics are'} left out of what redis_exporter shows.`,
      todo: 'Use the native exporter, or raise MAX_ANSWER_SERIES in the script.',
      examples: truncated,
    },
  ];
}

function format({ datasets, prefix }: Facts): Finding[] {
  const unknown = [...datasets].filter(([, dataset]) => dataset === undefined).map(([tag]) => tag);
  const counts = new Set([...datasets.values()].flatMap((dataset) => (dataset === undefined ? [] : [dataset.shards])));
  const findings: Finding[] = [];
  if (unknown.length > 0) {
    findings.push({
      code: 'other_format',
      severity: 'error',
      what: 'The data set has a format that this version of redmeter does not know',
      why: 'Writers of this version refuse to write to it.',
      todo: 'Use the same version of redmeter everywhere, or another prefix.',
      examples: unknown.map((tag) => (tag === '' ? `${prefix}-meta:dataset` : `${prefix}-meta:{${tag}}:dataset`)),
    });
  }
  if (counts.size > 1) {
    findings.push({
      code: 'several_shard_counts',
      severity: 'error',
      what: `Data sets of ${[...counts].sort((a, b) => a - b).join(' and ')} shards lie under one prefix`,
      why: 'Writers with the one number refuse to write beside the other, and readers add up series of both.',
      todo: 'Let all writers use the same number of shards, and delete the keys of the other data set.',
    });
  }
  return findings;
}
