import { Client } from './client.js';
import { printData } from './print.js';

export async function backup(file: string): Promise<number> {
  const client = await Client.fromEnvironment();
  const bytes = await client.backup(file);
  printData(
    `${file}: ${bytes} bytes. To restore it: stop Rotor, put it in the place of journal.db in the state directory ` +
      '(after journal.db, journal.db-wal and journal.db-closed were moved away), start Rotor.',
  );
  return 0;
}
