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
