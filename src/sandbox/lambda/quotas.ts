import { AwsFailure } from '../aws/failure.js';
import { Quotas } from '../aws/quotas.js';

/**
 * So many a second for GetFunction, and these for everything else of the control plane together
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests). How many may come at once is
 * not said: here those of one second.
 */
const BUCKETS = {
  GetFunction: { holds: 100, perSecond: 100 },
  others: { holds: 15, perSecond: 15 },
};

export function lambdaQuotas(): Quotas<keyof typeof BUCKETS> {
  return new Quotas(
    BUCKETS,
    (operation) => (operation === 'GetFunction' ? operation : 'others'),
    // https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html#API_ListFunctions_Errors
    () => new AwsFailure('TooManyRequestsException', 'Rate exceeded', 429),
  );
}
