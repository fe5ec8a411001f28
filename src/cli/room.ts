import { Help } from 'commander';

/** Less is no line to read: what has no more room is left to the terminal. */
const LEAST = 20;

/** It counts no codes of colour, and leaves a word that is too long whole. */
const words = new Help();
words.minWidthToWrap = 1;

/** Columns of a terminal. A pipe or a file has no end of them: what reads it wants whole lines. */
export function roomOf(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.isTTY && stream.columns > 0 ? stream.columns : Infinity;
}

/** The words of a text without line breaks, in lines of that width. */
export function inLines(text: string, width: number): string[] {
  return text.length <= width ? [text] : words.boxWrap(text, width).split('\n');
}

/** A text that stands after something, and goes on below its own beginning. */
export function hanging(before: string, text: string, room = roomOf()): string {
  const left = room - before.length;
  const indent = before.replaceAll(/[^│]/g, ' ');
  return left < LEAST ? `${before}${text}` : `${before}${inLines(text, left).join(`\n${indent}`)}`;
}
