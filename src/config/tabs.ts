/** The lines, from 1 on, whose indentation has a tab in it; a text over several lines (`|`, `>`) may begin with any. */
export function tabIndented(text: string): number[] {
  const lines: number[] = [];
  let textBelow: number | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [indent = '', spaces = ''] = /^( *)[ \t]*/.exec(line) ?? [];
    const rest = line.slice(indent.length).trim();
    if (rest === '' || (textBelow !== undefined && spaces.length > textBelow)) continue;
    textBelow = /(^|[\s:-])[|>][-+0-9]*(\s+#.*)?$/.test(rest) ? spaces.length : undefined;
    if (indent.includes('\t') && !rest.startsWith('#')) lines.push(index + 1);
  }
  return lines;
}
