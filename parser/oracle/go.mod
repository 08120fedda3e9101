module drain/parser/oracle

go 1.26.0

require (
	drain v0.0.0
	github.com/google/go-cmp v0.7.0
	github.com/heroku/x v0.5.3
	github.com/leodido/go-syslog/v4 v4.5.0
	pgregory.net/rapid v1.3.0
)

require (
	github.com/pkg/errors v0.9.1 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace drain => ../..
