package account_test

import (
	"testing"

	"habilis/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
