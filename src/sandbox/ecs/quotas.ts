import { throttling } from '../aws/failure.js';
import { Quotas } from '../aws/quotas.js';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html */
const BUCKETS = {
  'Cluster resource read actions': { holds: 100, perSecond: 20 },
  'Service modify actions': { holds: 50, perSecond: 5 },
  'Service read actions': { holds: 100, perSecond: 20 },
  'Tag modify actions': { holds: 20, perSecond: 10 },
  'Task definition read actions': { holds: 50, perSecond: 20 },
};

type Category = keyof typeof BUCKETS;

const CATEGORIES: ReadonlyMap<string, Category> = new Map([
  ['DescribeServices', 'Service read actions'],
  ['DescribeTaskDefinition', 'Task definition read actions'],
  ['DescribeTasks', 'Cluster resource read actions'],
  ['ListTasks', 'Cluster resource read actions'],
  ['TagResource', 'Tag modify actions'],
  ['UpdateService', 'Service modify actions'],
]);

export function ecsQuotas(): Quotas<Category> {
  return new Quotas(BUCKETS, (operation) => CATEGORIES.get(operation), throttling);
}
