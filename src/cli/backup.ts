import { Client } from './client.js';
import { printData } from './print.js';

export async function backup(file: string): Promise<number> {
  const client = await Client.fromEnvironment();
  const bytes = await client.backup(file);
  printData(
    `${file}: ${bytes} bytes. To restore it: stop Rotor, put it in the place of journal.db in the state directory ` +
      '(and remove journal.db-wal), start Rotor.',
  );
  return 0;
}
