// Package protect is what suah.dev/protect is on every system but OpenBSD: nothing.
package protect

// Pledge does nothing.
func Pledge(promises string) error { return nil }

// Unveil does nothing.
func Unveil(path string, flags string) error { return nil }

// UnveilBlock does nothing.
func UnveilBlock() error { return nil }
