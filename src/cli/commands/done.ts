/** What a command ends with: its exit code. */
export type Done = (code: number) => void;
