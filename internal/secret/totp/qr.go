package totp

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"rsc.io/qr"
)

// quiet is the white margin that readers need, in modules.
const quiet = 4

// QRSVG draws uri as a QR code: an SVG of one path, black on white in any theme,
// with its margin, as large as its container. It holds nothing of uri's text, so
// that it may go into a page unescaped.
func QRSVG(uri string) (string, error) {
	code, err := encode(uri)
	if err != nil {
		return "", err
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			width := 0
			for code.Black(x+width, y) {
				width++
			}
			if width > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, width, width)
				x += width
			}
		}
	}
	side := code.Size + 2*quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`, side, side, side, side, &path), nil
}

// QRTerminal writes uri as a QR code of half blocks, two modules a character, in
// black on white whatever the terminal's colours.
func QRTerminal(uri string, w io.Writer) error {
	code, err := encode(uri)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	for y := -quiet; y < code.Size+quiet; y += 2 {
		out.WriteString("\x1b[30;107m") // black on bright white
		for x := -quiet; x < code.Size+quiet; x++ {
			out.WriteString(half(code.Black(x, y), code.Black(x, y+1)))
		}
		out.WriteString("\x1b[0m\n")
	}
	return out.Flush()
}

func half(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}

func encode(uri string) (*qr.Code, error) {
	code, err := qr.Encode(uri, qr.M)
	if err != nil {
		return nil, fmt.Errorf("drawing a QR code: %w", err)
	}
	return code, nil
}
