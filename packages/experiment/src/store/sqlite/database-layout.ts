/** `PRAGMA application_id` of a store, which distinguishes it from other SQLite databases: "rdmt". */
export const APPLICATION_ID = 0x72646d74;

/** `PRAGMA user_version` of a store: the version of the layout below. */
export const LAYOUT_VERSION = 3;

type TableLayout = {
  /** The columns of the primary key. */
  readonly key: readonly string[];
  /** The values of a row. */
  readonly values: readonly string[];
  /** The columns of the key by which rows are read back together. */
  readonly group: readonly string[];
};

const BUILD = ['application', 'version', 'signature'];

/** The tables: all columns are text, then comes `checksum`, the CRC-32 of the JSON list of the others. */
const TABLE_LAYOUTS = {
  result: { key: ['name'], values: ['text'], group: [] },
  application: { key: ['application'], values: ['versions'], group: [] },
  build: { key: BUILD, values: [], group: ['application'] },
  user: { key: [...BUILD, 'user'], values: [], group: BUILD },
  mark: { key: ['application', 'name'], values: ['text'], group: ['application'] },
  release: { key: ['application'], values: ['text'], group: [] },
  // The value as JavaScript writes a number: the library would take a tiny one for the integer 0.
  metric_value: { key: [...BUILD, 'metric', 'user', 'transaction_id'], values: ['value'], group: BUILD },
} as const satisfies Readonly<Record<string, TableLayout>>;

/** The name of a table of rows. */
export type TableName = keyof typeof TABLE_LAYOUTS;

const TALLY = `CREATE TABLE tally (group_key TEXT NOT NULL, row_count INTEGER NOT NULL, checksum_sum INTEGER NOT NULL, PRIMARY KEY (group_key)) STRICT, WITHOUT ROWID`;

const CHECKSUM_MODULUS = 2 ** 32;

/** The statements that make the tables and triggers, by name. */
export const LAYOUT_STATEMENTS: ReadonlyMap<string, string> = new Map([
  ['tally', TALLY],
  ...Object.entries(TABLE_LAYOUTS).flatMap(([table, layout]) => [
    [table, tableStatement(table, layout)] as const,
    ...triggerStatements(table, layout),
  ]),
]);

/** The tables that a version of the layout added to the one before, by that version; their statements bring an older store up to date. */
export const ADDED_TABLES: ReadonlyMap<number, readonly TableName[]> = new Map([
  [2, ['release']],
  [3, ['mark']],
]);

/** The statements that make a table and its triggers. */
export function statementsOf(table: TableName): readonly string[] {
  const layout = TABLE_LAYOUTS[table];
  return [tableStatement(table, layout), ...triggerStatements(table, layout).map(([, statement]) => statement)];
}

/** A condition for the rows of a table that are read back together, or for one row, with a parameter for each column. */
export function conditionFor(columns: readonly string[]): string {
  return columns.map((column) => `${column} = ?`).join(' AND ') || 'TRUE';
}

/** The columns of the key by which rows of a table are read back together. */
export function groupOf(table: TableName): readonly string[] {
  return TABLE_LAYOUTS[table].group;
}

/** The columns of the primary key of a table. */
export function keyOf(table: TableName): readonly string[] {
  return TABLE_LAYOUTS[table].key;
}

/** How a tally names a group of rows. Names hold no line breaks. */
export function groupKey(table: TableName, group: readonly string[]): string {
  return [table, ...group].join('\n');
}

/** The statement that writes a row, over the one of the same key. */
export function upsertStatement(table: TableName): string {
  const { key, values } = TABLE_LAYOUTS[table];
  const parameters = [...key, ...values, 'checksum'].map(() => '?').join(', ');
  const updates = [...values, 'checksum'].map((column) => `${column} = excluded.${column}`).join(', ');
  return `INSERT INTO ${table} VALUES (${parameters}) ON CONFLICT DO ${values.length === 0 ? 'NOTHING' : `UPDATE SET ${updates}`}`;
}

function tableStatement(table: string, { key, values }: TableLayout): string {
  const columns = [...key, ...values].map((column) => `${column} TEXT NOT NULL, `).join('');
  return `CREATE TABLE ${table} (${columns}checksum INTEGER NOT NULL, PRIMARY KEY (${key.join(', ')})) STRICT, WITHOUT ROWID`;
}

// A damaged key can hide rows from the reads of their group, each row being right by itself: the tally misses them.
function triggerStatements(table: string, { group }: TableLayout): (readonly [string, string])[] {
  const keyIn = (row: 'OLD' | 'NEW'): string =>
    [`'${table}'`, ...group.map((column) => `${row}.${column}`)].join(' || char(10) || ');
  const shift = (change: string): string =>
    `checksum_sum = (checksum_sum + ${change} + ${CHECKSUM_MODULUS}) % ${CHECKSUM_MODULUS}`;
  const trigger = (event: string, action: string): readonly [string, string] => [
    `${table}_${event}`,
    `CREATE TRIGGER ${table}_${event} AFTER ${event} ON ${table} BEGIN ${action}; END`,
  ];
  return [
    trigger(
      'INSERT',
      `INSERT INTO tally VALUES (${keyIn('NEW')}, 1, NEW.checksum) ON CONFLICT DO UPDATE SET row_count = row_count + 1, ${shift('NEW.checksum')}`,
    ),
    trigger('UPDATE', `UPDATE tally SET ${shift('NEW.checksum - OLD.checksum')} WHERE group_key = ${keyIn('NEW')}`),
    trigger(
      'DELETE',
      `UPDATE tally SET row_count = row_count - 1, ${shift('- OLD.checksum')} WHERE group_key = ${keyIn('OLD')}`,
    ),
  ];
}
