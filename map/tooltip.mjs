/*
 * tooltip.mjs -- the reading of a place beside the pointer or the cross.
 */
import { fill } from './dom.mjs';
import { reading } from './reading.mjs';

const OFF = 14; /* pixels between the point and the box */

/* Where a box of w x h stands beside a point without leaving the stage. */
export function stand(point, box, stage) {
  const right = point.x + OFF + box.w <= stage.w;
  const below = point.y + OFF + box.h <= stage.h;
  const x = right ? point.x + OFF : point.x - OFF - box.w;
  const y = below ? point.y + OFF : point.y - OFF - box.h;

  return { x: Math.max(4, Math.min(x, stage.w - box.w - 4)),
    y: Math.max(4, Math.min(y, stage.h - box.h - 4)) };
}

/* makeTooltip: { show(view, row, point), hide() } over a node in its stage. */
export function makeTooltip(node) {
  let shown = null;

  return {
    show(view, row, point) {
      if (shown !== row) {
        fill(node, reading(view, row));
        shown = row;
      }
      node.hidden = false;
      const stage = node.parentElement;
      const at = stand(point, { w: node.offsetWidth, h: node.offsetHeight },
        { w: stage.clientWidth, h: stage.clientHeight });
      node.style.transform = `translate(${at.x}px, ${at.y}px)`;
    },
    hide() {
      node.hidden = true;
      shown = null;
    },
  };
}
