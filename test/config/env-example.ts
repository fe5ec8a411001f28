import { envSchema } from '../../src/config/index.js';

/** The text of `.env.example`, from the schema of the variables. */
export function envExample(): string {
  const variables = Object.entries(envSchema.shape).map(([name, schema]) => {
    const { description, unit, fallback } = schema.meta() ?? {};
    return `# ${String(description)} Unit: ${String(unit)}. Default: ${String(fallback)}.\n#${name}=${fallback === 'none' ? '' : String(fallback)}\n`;
  });
  return [HEAD, ...variables].join('\n');
}

const HEAD = `# Every environment variable that Rotor reads, and those of the AWS SDK that matter most (it reads more: its manual has
# them all). An empty one counts as not set.
# What wins: a flag, then the environment, then the config file, then the default.
# A secret may be given by file: set NAME_FILE to the path of a file that holds it, and leave NAME unset.
`;
