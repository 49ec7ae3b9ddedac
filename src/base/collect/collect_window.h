/*
 * collect_window.h
 *		Window functions by the key of a join.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_window.h
 */
#ifndef ECOSYSTEM_COLLECT_WINDOW_H
#define ECOSYSTEM_COLLECT_WINDOW_H

extern void install_collect_window(void);

#endif /* ECOSYSTEM_COLLECT_WINDOW_H */
