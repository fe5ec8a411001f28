/** Where this Rotor is reached, for links in what people read; absent where the config does not say. */
export type Links = { readonly baseUrl?: string };

/** Of a run, where it can be linked to. */
export function linkTo(run: string | undefined, { baseUrl }: Links): string | undefined {
  return run === undefined || baseUrl === undefined ? undefined : `${baseUrl}/v1/runs/${run}`;
}
