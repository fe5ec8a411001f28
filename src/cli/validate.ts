import { loadConfig, loadEnv } from '../config/index.js';
import type { Config } from '../config/index.js';
import type { Preview } from '../rotation/preview.js';
import { ofEachRotation } from './each-rotation.js';
import { isJson, show, type Output } from './output.js';
import { printNote } from './print.js';

const MARKS: Readonly<Record<Preview['verdict'], string>> = {
  ready: 'ready',
  would_wait: 'would wait',
  would_refuse: 'would be refused',
};

/** Offline unless asked otherwise. The findings of a bad file are thrown; a run that would be refused exits 1. */
export async function validate(options: Output & { config?: string; online?: boolean }): Promise<number> {
  const env = loadEnv(process.env);
  const file = options.config ?? env.config;
  const config = loadConfig(file, { env });
  const rotations = config.rotations.map(({ name }) => name);
  const { missingSecrets, warningsOf } = await import('../set-up.js');
  const warnings = [...missingSecrets(config, process.env), ...warningsOf(config, process.env)];
  const online = options.online ? await previewAll(config) : undefined;
  const what = rotations.length === 1 ? 'rotation' : 'rotations';
  const said = { valid: true, file, rotations, warnings, ...(online && { online }) };
  await show(said, options, {
    table: () =>
      [`${file} is valid: ${what} ${rotations.join(', ')}`, ...(online ?? []).map(report)].join('\n'),
    names: () => rotations,
  });
  if (!isJson(options)) for (const warning of warnings) printNote(`warning: ${warning}`);
  return online?.some(({ verdict }) => verdict === 'would_refuse') ? 1 : 0;
}

async function previewAll(config: Config): Promise<Preview[]> {
  const { preview } = await import('../rotation/preview.js');
  const { systemClock } = await import('../rotation/clock.js');
  return ofEachRotation(config, async (rotation, signal) => preview(rotation, systemClock, signal));
}

function report({ rotation, verdict, chosen, resource, fingerprint, detail, findings }: Preview): string {
  const lines = [
    `${rotation}: ${MARKS[verdict]}`,
    chosen ?? resource,
    fingerprint && `the token in force is ${fingerprint}`,
    detail,
    ...findings,
  ];
  return lines.filter(Boolean).join('\n    ');
}
