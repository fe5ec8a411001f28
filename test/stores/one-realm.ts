import { types } from 'node:util';

/**
 * Jest runs tests in a realm of their own, where an error that Node throws, such as ECONNREFUSED, is not an
 * `instanceof Error`, and the SDK puts an empty wrapper in its place. Until the returned function is called it is one,
 * as it is in production.
 */
export function joinRealms(): () => void {
  const plain = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(Error, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, value: unknown): boolean {
      const isNative = this === Error && types.isNativeError(value);
      return isNative || Reflect.apply(plain, this, [value]);
    },
  });
  return () => void Reflect.deleteProperty(Error, Symbol.hasInstance);
}
