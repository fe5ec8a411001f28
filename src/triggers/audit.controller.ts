import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Period } from '../journal/archive.js';
import type { AuditLine, AuditReport, Journal } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import { BASE_URL, CLOCK, JOURNAL } from '../tokens.js';
import { VerifyAudit } from './api/look-requests.js';
import { ExportAudit } from './api/requests.js';
import { problemOf, type About, type Traced } from './problem.js';
import { unknownRotation } from './refusals.js';
import { Rotations } from './rotations.js';

/** No proxy takes the connection for a dead one. */
const TOLD_EVERY_MS = 1_000;

@Controller('v1/audit')
export class AuditController {
  constructor(
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {}

  /** Reads the whole journal: for a person or a nightly job, not for a dashboard. */
  @Get()
  async verify(): Promise<AuditReport> {
    return this.journal.verify();
  }

  /** The same, which says how far it is; whoever leaves ends it. */
  @Post('verify')
  @HttpCode(200)
  verifying(
    @Body({ schema: VerifyAudit.prefault({}) }) { period }: z.output<typeof VerifyAudit>,
    @Req() { id }: Traced,
  ): StreamableFile {
    const about = { baseUrl: this.baseUrl, traceId: id };
    return new StreamableFile(Readable.from(this.#told(period, about)), { type: NDJSON });
  }

  /** The status has gone out with the first line: what fails is said in the last one. */
  async *#told(period: Period | undefined, about: About): AsyncGenerator<string> {
    let toldAt = -Infinity;
    try {
      const pages = this.journal.archive.verifying(period);
      for (let page = await pages.next(); ; page = await pages.next()) {
        if (page.done === true) return yield jsonLine({ report: page.value });
        const now = this.clock.monotonic();
        if (now - toldAt < TOLD_EVERY_MS) continue;
        toldAt = now;
        yield jsonLine({ verified: page.value });
      }
    } catch (error) {
      yield jsonLine({ problem: problemOf(asRotorError(error), about) });
    }
  }

  /** Line by line as it is read, however long it is. */
  @Get('export')
  async export(
    @Query({ schema: ExportAudit }) { format, ...part }: z.output<typeof ExportAudit>,
  ): Promise<StreamableFile> {
    if (part.rotation !== undefined) await this.#assertKnown(part.rotation);
    const { type, header, line: written } = FORMATS[format];
    const lines = async function* (all: AsyncIterable<AuditLine>): AsyncGenerator<string> {
      yield header;
      for await (const one of all) yield written(one);
    };
    return new StreamableFile(Readable.from(lines(this.journal.exportAudit(part))), { type });
  }

  /** Also of one that has left the config: its log stays, be it of what people have said alone. */
  async #assertKnown(rotation: string): Promise<void> {
    const { names } = this.rotations;
    if (names.includes(rotation)) return;
    const first = await this.journal.exportAudit({ rotation })[Symbol.asyncIterator]().next();
    if (first.done === true)
      throw unknownRotation(
        rotation,
        names.map((name) => ({ name })),
      );
  }
}

const NDJSON = 'application/x-ndjson';

function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

const FORMATS = {
  ndjson: {
    type: NDJSON,
    header: '',
    line: (one: AuditLine) => jsonLine(shown(one)),
  },
  csv: {
    type: 'text/csv',
    header: 'at,run,rotation,seq,what,hash\r\n',
    line: (one: AuditLine) => {
      const { at, run, rotation, seq, what, hash } = shown(one);
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
