import type { NotSigned } from './sigv4.js';

/** An answer that is an error, as a service of AWS would give it: its name on the wire, and the status of HTTP. */
export class AwsFailure extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** Of every service: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
export const throttling = (): AwsFailure => new AwsFailure('ThrottlingException', 'Rate exceeded');
export const accessDenied = (action: string): AwsFailure =>
  new AwsFailure('AccessDeniedException', `User is not authorized to perform: ${action}`);

/** As the JSON services say it: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
export const NOT_SIGNED: Readonly<Record<NotSigned, readonly [type: string, message: string]>> = {
  unsigned: ['MissingAuthenticationTokenException', 'Missing Authentication Token'],
  stranger: ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  mismatch: [
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided.',
  ],
  expired: ['ExpiredTokenException', 'The security token included in the request is expired'],
};
