/*
 * problem.mjs -- what the page says when there is nothing to draw.
 */
import { byId } from './dom.mjs';

function show(title, text, more, action) {
  byId('problem-title').textContent = title;
  byId('problem-text').textContent = text;
  byId('problem-more').textContent = more;
  byId('again').textContent = action;
  byId('problem').hidden = false;
  byId('page').classList.add('stopped');
  document.documentElement.dataset.problem = '1';
}

/* showProblem: an ApiError, or a fault of the page itself. */
export function showProblem(error) {
  const ours = error.status === undefined;

  show(ours ? 'This page has failed' : error.title || 'No answer',
    error.message,
    ours ? 'Loading it again may help. The numbers are also at v1/releases.' :
      'No number is shown rather than an old or incomplete one.',
    'Try again');
  if (ours)
    console.error(error);
}

/* noRelease: the coordinator is well, but nothing has been published. */
export function noRelease() {
  show('No release yet', 'Nothing has been published here so far. A release ' +
    'appears once a researcher has asked, two approvers have signed, and ' +
    'the agencies have answered.', '', 'Look again');
}

/* hideProblem: back to the page. */
export function hideProblem() {
  byId('problem').hidden = true;
  byId('page').classList.remove('stopped');
  delete document.documentElement.dataset.problem;
}

/* odd: a remark that does not stop the page; '' takes it away. */
export function odd(text) {
  byId('odd').textContent = text;
  byId('odd').hidden = text === '';
}
