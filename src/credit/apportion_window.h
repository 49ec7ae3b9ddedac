/*
 * apportion_window.h
 *		apportion(), the window function.
 *
 * IDENTIFICATION
 *		src/credit/apportion_window.h
 */
#ifndef ECOSYSTEM_APPORTION_WINDOW_H
#define ECOSYSTEM_APPORTION_WINDOW_H

extern void install_apportion_window(void);

#endif /* ECOSYSTEM_APPORTION_WINDOW_H */
