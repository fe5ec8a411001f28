/** Names under which Nest hands out what is not a class. */
export const LOG = Symbol('log');
export const JOURNAL = Symbol('journal');
export const SENDER = Symbol('sender');
export const ENGINE = Symbol('engine');
export const CLOCK = Symbol('clock');
export const CONFIG_READER = Symbol('config reader');
/** Where people reach the API; '' where nobody has said. */
export const BASE_URL = Symbol('base url');
