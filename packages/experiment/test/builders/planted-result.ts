import { CheckedTables } from '../../src/store/sqlite/checked-tables.js';
import { EmbeddedDatabase } from '../../src/store/sqlite/embedded-database.js';

/** Puts a text where the embedded store in `folder` keeps the result of a name. */
export async function plantResult(folder: string, name: string, text: string): Promise<void> {
  const database = await EmbeddedDatabase.open(folder);
  await database.write(() => new CheckedTables(database).write('result', [name, text]));
  await database.close();
}
