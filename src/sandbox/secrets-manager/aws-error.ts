import { AwsFailure } from '../aws/failure.js';

/**
 * The errors of the service, by the name on the wire.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html and the `Errors` of each operation.
 */
const STATUS = {
  AccessDeniedException: 400,
  DecryptionFailure: 400,
  EncryptionFailure: 400,
  ExpiredTokenException: 400,
  InternalServiceError: 500,
  InvalidParameterException: 400,
  InvalidRequestException: 400,
  InvalidSignatureException: 400,
  LimitExceededException: 400,
  MissingAuthenticationTokenException: 400,
  ResourceExistsException: 400,
  ResourceNotFoundException: 400,
  SerializationException: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  ValidationException: 400,
} as const;

export type AwsErrorType = keyof typeof STATUS;

/** An answer that is an error, as the service would give it. */
export class AwsError extends AwsFailure {
  constructor(type: AwsErrorType, message: string) {
    super(type, message, STATUS[type]);
  }
}
