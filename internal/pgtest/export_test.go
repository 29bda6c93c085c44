package pgtest

// Sweep is for the tests of this package.
var Sweep = sweep
