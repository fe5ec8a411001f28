import { RotorError } from '../rotation/errors.js';

/** Exit codes of what has asked a person: after a no, and after an interrupt. */
export const DECLINED = 7;
export const INTERRUPTED = 130;

/** Whether there is a person who can be asked: never without a terminal on both sides. */
export function isTerminal(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** False where the person stops. Throws `request_invalid` where nobody can type it, or they type another. */
export async function hasTypedNumber(count: number, what: string): Promise<boolean> {
  if (!isTerminal())
    throw new RotorError(
      'request_invalid',
      `this would ${what}: ${count} in all, and there is no terminal to agree to that on; nothing was started`,
      { hint: `Give --max ${count}, which refuses more than that, or --yes.` },
    );
  const { text, isCancel } = await import('@clack/prompts');
  const typed = await text({
    message: `This will ${what}. Type their number, ${count}, to go on:`,
    output: process.stderr,
  });
  if (isCancel(typed)) return false;
  if (typed?.trim() === String(count)) return true;
  throw new RotorError('request_invalid', `${count} was not typed; nothing was started`);
}
