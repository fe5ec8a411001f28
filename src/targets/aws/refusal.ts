/** Why a delivery could not work, to follow the name of what it is about; and what to do, a sentence. */
export type Refusal = { readonly because: string; readonly hint: string };
