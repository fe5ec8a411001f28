import { answerJobs } from '../simulation/crew.js';
import { openLaboratory } from '../simulation/laboratory.js';
import { work, type Answer, type Job } from './jobs.js';

const laboratory = openLaboratory();

answerJobs<{ job: Job; answer: Answer }>(async (job) => work(job, await laboratory));
