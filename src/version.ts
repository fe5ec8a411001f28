import { readFileSync } from 'node:fs';
import { inPackage } from './in-package.js';

/** Of this package. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(inPackage('package.json'), 'utf8')) as { version: string }).version;
}
