// Package archtest proves the laws of who may import whom, which are this library's architecture.
//
// The laws are one table in laws_test.go. A linter sees only what a file imports itself; these tests see all that a
// package reaches, whether a law still matches any package, and what stands at the top of the tree.
package archtest
