import { Client } from './client.js';
import { printData } from './print.js';

export async function backup(file: string): Promise<number> {
  const client = await Client.fromEnvironment();
  const bytes = await client.backup(file);
  printData(`${file}: ${bytes} bytes. To restore it: stop Rotor, then \`rotor restore ${file}\`.`);
  return 0;
}
