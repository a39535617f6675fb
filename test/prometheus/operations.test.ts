import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SKIP_REASONS } from '@redmeter/metric-format';
import { DROP_REASONS } from '@redmeter/redis-metrics';
import { alertingRules } from './rule-files.js';

const operations = readFileSync(join(__dirname, '../../docs/operations.md'), 'utf8');

/** The first column of the table under a heading. */
function explainedUnder(heading: string): string[] {
  const section = operations.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason ?? '');
}

describe('docs/operations.md', () => {
  it('explains every alert, and none that does not exist', () => {
    const explained = [...operations.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(explained.sort()).toEqual(alertingRules.map(({ alert }) => alert).sort());
  });

  it('explains every reason for skipping a key, in the order in which readers look', () => {
    expect(explainedUnder('Why keys are skipped')).toEqual(SKIP_REASONS);
  });

  it('explains every reason for dropping a recording', () => {
    expect(explainedUnder('Why recordings are dropped')).toEqual(DROP_REASONS);
  });

  it('links to sections that it has', () => {
    const anchors = [...operations.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title?.toLowerCase().replaceAll(' ', '-'),
    );
    const links = [...operations.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
  });
});
