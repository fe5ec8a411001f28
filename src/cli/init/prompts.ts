import { isCancel, select, text } from '@clack/prompts';
import { complaintOf, type Answers } from './answers.js';
import type { Question } from './questions.js';

/** Undefined where the person wants to stop. */
export async function askOnTerminal(question: Question, answers: Answers): Promise<string | undefined> {
  const { message, choices, fallback, isOptional, key } = question;
  const output = process.stderr;
  const initial = fallback?.(answers);
  if (choices) {
    const chosen = await select({
      message,
      options: choices.map(({ value, label }) => ({ value, label })),
      ...(initial !== undefined && { initialValue: initial }),
      output,
    });
    return isCancel(chosen) ? undefined : chosen;
  }
  const typed = await text({
    message,
    ...(initial !== undefined && { placeholder: initial, defaultValue: initial }),
    validate: (value = '') => {
      const given = value.trim() || initial;
      if (given === undefined) return isOptional ? undefined : 'It is needed.';
      return complaintOf(key, given, answers);
    },
    output,
  });
  return isCancel(typed) ? undefined : typed.trim();
}
