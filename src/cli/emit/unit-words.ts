/** A value of a unit file as one word: https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html */
export function word(text: string): string {
  const literal = text.replaceAll('%', '%%');
  return /[\s"'\\;]/.test(literal) ? `"${literal.replaceAll(/["\\]/g, (one) => `\\${one}`)}"` : literal;
}

/** Of a command line, where a dollar would begin a variable. */
export function argument(text: string): string {
  return word(text).replaceAll('$', '$$$$');
}
