import { Body, Controller, Get, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { z } from 'zod';
import { findingsOf, formatFinding } from '../config/index.js';
import type { ConfigReader, ShownConfig } from '../config/index.js';
import { RotorError } from '../rotation/errors.js';
import { warningsIn } from '../set-up.js';
import { Reloader } from '../reloading/reloader.js';
import { CONFIG_READER } from '../tokens.js';
import { callerOf, type Called } from './access/guard.js';
import type { ConfigChecked, ConfigReloaded } from './api/answers/index.js';

type Checked = z.output<typeof ConfigChecked>;

/** What a config is called that came without a name. */
const NAME = 'rotor.yaml';

@Controller('v1/config')
export class ConfigController {
  constructor(
    @Inject(Reloader) private readonly reloader: Reloader,
    @Inject(CONFIG_READER) private readonly reader: ConfigReader,
  ) {}

  @Get()
  async show(): Promise<ShownConfig> {
    return this.reader.show(this.reloader.current);
  }

  @Post('reload')
  @HttpCode(200)
  async reload(@Req() request: Called): Promise<z.output<typeof ConfigReloaded>> {
    const { rotations, ...rest } = await this.reloader.reload(callerOf(request).name);
    const { added, removed, changed } = rotations;
    return {
      outcome: rest.outcome,
      rotations: { added: [...added], removed: [...removed], changed: [...changed] },
      settings: [...rest.settings],
    };
  }

  /**
   * By what the text says alone: whether a variable is set here, or a file is there, is not for whoever may send a text
   * to find out.
   */
  @Post('validate')
  @HttpCode(200)
  async validate(@Body() text: unknown): Promise<Checked> {
    if (typeof text !== 'string')
      throw new RotorError('media_type_unsupported', 'the body is no YAML', {
        hint: 'Send the file itself, with `content-type: application/yaml`.',
      });
    try {
      const { config } = await this.reader.read(NAME, { text });
      const rotations = config.rotations.map(({ name }) => name);
      return { valid: true, findings: [], warnings: warningsIn(config), rotations };
    } catch (error) {
      const found = findingsOf(error);
      if (found.length === 0) throw error;
      const findings = found.map((finding) => {
        const { line, column, path, found: there, expected, hint = null } = finding;
        return { line, column, path, found: there, expected, hint, detail: formatFinding(finding) };
      });
      return { valid: false, findings, warnings: [], rotations: [] };
    }
  }
}
