package parser_test

import (
	"fmt"
	"strings"

	"drain/parser"
)

func ExampleScanner() {
	body := []byte("81 <45>1 2026-11-22T20:00:05Z host heroku web.1 - Error R14 (Memory quota exceeded)\n" +
		"13 <190>1 oh no!" +
		"56 <190>1 2026-11-22T20:00:06Z host app web.1 - still alive")

	s := parser.NewScanner(body)
	for s.Scan() {
		l := s.Line()
		if l.Fault != parser.FaultNone {
			fmt.Printf("at %d: %s: %q\n", s.Offset(), l.Fault, l.Msg)
			continue
		}
		fmt.Printf("%s %s %s %q %q\n", l.Time().Format("15:04:05"), l.Kind, l.Proc, l.Code, l.Msg)
	}
	fmt.Println(s.Frames(), "frames")
	// Output:
	// 20:00:05 dyno web.1 "R14" "Error R14 (Memory quota exceeded)"
	// at 84: timestamp: "<190>1 oh no!"
	// 20:00:06 app web.1 "" "still alive"
	// 3 frames
}

func ExampleReader() {
	r := parser.NewReader(strings.NewReader(`2025-08-08T06:59:08.589963+00:00 heroku[web.1]: Process running mem=870M(170.1%)
<158>1 2026-11-22T20:00:02Z host heroku router - at=error code=H12 status=503
Jul 24 05:16:54 my-app app/api Scaled to worker@0:Basic by user x
Segmentation fault
`))
	for r.Next() {
		l := r.Line()
		fmt.Printf("%s %q %s %q\n", l.Kind, l.Fault, l.Proc, l.Code)
	}
	if err := r.Err(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// dyno "" web.1 ""
	// router "" router "H12"
	// api "" api ""
	// other "format"  ""
}

func ExamplePairs() {
	for key, value := range parser.Pairs([]byte(`at=info path="/api/Schlachter 1951/books" dyno= status=200`)) {
		fmt.Printf("%s: %q\n", key, value)
	}
	// Output:
	// at: "info"
	// path: "/api/Schlachter 1951/books"
	// dyno: ""
	// status: "200"
}

func ExampleDyno() {
	for _, proc := range []string{"web.1", "web-7f9c4b5d6-x2k8p", "router"} {
		typ, ok := parser.Dyno([]byte(proc))
		fmt.Printf("%s: %q %t\n", proc, typ, ok)
	}
	// Output:
	// web.1: "web" true
	// web-7f9c4b5d6-x2k8p: "web" true
	// router: "" false
}

func ExampleScaled() {
	for typ, quantity := range parser.Scaled([]byte("Scaled to web@1:Standard-1X worker@0:Basic by user x")) {
		fmt.Printf("%s %d\n", typ, quantity)
	}
	// Output:
	// web 1
	// worker 0
}

func ExampleRelease() {
	version, ok := parser.Release([]byte("Release v12 created by user x"))
	fmt.Printf("%s %t\n", version, ok)
	// Output:
	// v12 true
}

func ExampleDeploy() {
	fmt.Println(parser.Deploy([]byte("Build succeeded")))
	// Output:
	// true
}

func ExampleStateChange() {
	from, to, ok := parser.StateChange([]byte("State changed from up to crashed"))
	fmt.Printf("%s %s %t\n", from, to, ok)
	// Output:
	// up crashed true
}

func ExampleParseKind() {
	kind, ok := parser.ParseKind("router")
	fmt.Println(kind == parser.KindRouter, ok)
	// Output:
	// true true
}
