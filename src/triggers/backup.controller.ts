import { Controller, Get, Header, Inject, StreamableFile } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '../journal/journal.js';
import { JOURNAL } from '../tokens.js';

@Controller('v1/backup')
export class BackupController {
  constructor(@Inject(JOURNAL) private readonly journal: Journal) {}

  /** The journal as one SQLite file. It goes to who asks, never to a path of the service's machine that they name. */
  @Get()
  @Header('content-type', 'application/vnd.sqlite3')
  async copy(): Promise<StreamableFile> {
    const folder = await mkdtemp(join(tmpdir(), 'rotor-backup-'));
    const gone = async (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      const file = join(folder, 'journal.db');
      await this.journal.backup(file);
      return new StreamableFile(createReadStream(file).once('close', () => void gone()));
    } catch (error) {
      await gone();
      throw error;
    }
  }
}
