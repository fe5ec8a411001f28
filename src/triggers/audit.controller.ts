import { Controller, Get, Inject, Query, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { AuditLine, AuditReport, Journal } from '../journal/journal.js';
import { JOURNAL } from '../tokens.js';
import { ExportAudit } from './api/requests.js';

@Controller('v1/audit')
export class AuditController {
  constructor(@Inject(JOURNAL) private readonly journal: Journal) {}

  /** Reads the whole journal: for a person or a nightly job, not for a dashboard. */
  @Get()
  async verify(): Promise<AuditReport> {
    return this.journal.verify();
  }

  /** Line by line as it is read, however long it is. */
  @Get('export')
  export(@Query({ schema: ExportAudit }) { format }: z.output<typeof ExportAudit>): StreamableFile {
    const { type, header, line } = FORMATS[format];
    const lines = async function* (all: AsyncIterable<AuditLine>): AsyncGenerator<string> {
      yield header;
      for await (const one of all) yield line(one);
    };
    return new StreamableFile(Readable.from(lines(this.journal.exportAudit())), { type });
  }
}

const FORMATS = {
  ndjson: {
    type: 'application/x-ndjson',
    header: '',
    line: (line: AuditLine) => `${JSON.stringify(shown(line))}\n`,
  },
  csv: {
    type: 'text/csv',
    header: 'at,run,rotation,seq,what,hash\r\n',
    line: (line: AuditLine) => {
      const { at, run, rotation, seq, what, hash } = shown(line);
      return `${[at, run ?? '', rotation ?? '', String(seq), JSON.stringify(what), hash].map(quoted).join(',')}\r\n`;
    },
  },
} as const;

function shown({ at, ...line }: AuditLine) {
  return { at: new Date(at).toISOString(), ...line };
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is made a text. */
function quoted(cell: string): string {
  const harmless = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return `"${harmless.replaceAll('"', '""')}"`;
}
