
use builtin;
use str;

set edit:completion:arg-completer[wsb] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'wsb'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'wsb'= {
            cand --color 'When to use colour (NO_COLOR is obeyed)'
            cand --errors 'How errors are written to standard error'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Log each attempt; twice, the signed requests too (never a secret)'
            cand --verbose 'Log each attempt; twice, the signed requests too (never a secret)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand get-session 'Show one session, or many'
            cand list-sessions 'Find sessions on a portal'
            cand list-portals 'Find portals in a region, or in all of them'
            cand wait-session 'Block until sessions have ended'
            cand local 'Run a stand-in for the service on loopback'
            cand completions 'Print a completion script'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wsb;get-session'= {
            cand --portal-id 'The portal, as the AWS CLI spells it'
            cand --session-id 'A session, as the AWS CLI spells it; may be repeated'
            cand --field 'Print one field''s bare value'
            cand --concurrency 'Sessions asked for at a time'
            cand -o 'The format of the results [default: table, or WSB_OUTPUT]'
            cand --output 'The format of the results [default: table, or WSB_OUTPUT]'
            cand --query 'Apply a JMESPath expression to the JSON document'
            cand --timestamps 'How times are written [default: local time in tables, iso elsewhere]'
            cand --region 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]'
            cand --profile 'The profile of the shared AWS config files'
            cand --endpoint-url 'Another endpoint than the region''s'
            cand --ca-bundle 'Trust these certificate authorities (PEM) and no others'
            cand --max-attempts 'Attempts a call, the first included [default: 3, or AWS_MAX_ATTEMPTS]'
            cand --connect-timeout 'Time to connect, like 500ms, 10, 1m30s'
            cand --read-timeout 'Time to wait for a reply'
            cand --timeout 'Time for the whole command [default: no limit, but 1h for wait-session]'
            cand --color 'When to use colour (NO_COLOR is obeyed)'
            cand --errors 'How errors are written to standard error'
            cand --no-cli-pager 'Accepted for the AWS CLI''s sake: wsb has no pager'
            cand --use-fips 'Call the FIPS endpoint'
            cand --use-dual-stack 'Call the dual-stack endpoint (IPv4 and IPv6)'
            cand --no-verify-ssl 'Refused: see --ca-bundle'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Log each attempt; twice, the signed requests too (never a secret)'
            cand --verbose 'Log each attempt; twice, the signed requests too (never a secret)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'wsb;list-sessions'= {
            cand --portal-id 'The portal, as the AWS CLI spells it'
            cand --status 'Only sessions with this status'
            cand --username 'Only sessions of this user'
            cand --session-id 'Only this session'
            cand --sort-by 'The order'
            cand --since 'Only sessions that started then or later: 2h, 3d (ago), or ISO 8601 (local without offset)'
            cand --until 'Only sessions that started then or earlier'
            cand --max-items 'End after so many sessions'
            cand --page-size 'Sessions asked for at a time [default: the service''s]'
            cand --field 'Print one field''s bare value'
            cand -o 'The format of the results [default: table, or WSB_OUTPUT]'
            cand --output 'The format of the results [default: table, or WSB_OUTPUT]'
            cand --query 'Apply a JMESPath expression to the JSON document'
            cand --timestamps 'How times are written [default: local time in tables, iso elsewhere]'
            cand --region 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]'
            cand --profile 'The profile of the shared AWS config files'
            cand --endpoint-url 'Another endpoint than the region''s'
            cand --ca-bundle 'Trust these certificate authorities (PEM) and no others'
            cand --max-attempts 'Attempts a call, the first included [default: 3, or AWS_MAX_ATTEMPTS]'
            cand --connect-timeout 'Time to connect, like 500ms, 10, 1m30s'
            cand --read-timeout 'Time to wait for a reply'
            cand --timeout 'Time for the whole command [default: no limit, but 1h for wait-session]'
            cand --color 'When to use colour (NO_COLOR is obeyed)'
            cand --errors 'How errors are written to standard error'
            cand --no-cli-pager 'Accepted for the AWS CLI''s sake: wsb has no pager'
            cand --use-fips 'Call the FIPS endpoint'
            cand --use-dual-stack 'Call the dual-stack endpoint (IPv4 and IPv6)'
            cand --no-verify-ssl 'Refused: see --ca-bundle'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Log each attempt; twice, the signed requests too (never a secret)'
            cand --verbose 'Log each attempt; twice, the signed requests too (never a secret)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'wsb;list-portals'= {
            cand --page-size 'Portals asked for at a time [default: the service''s]'
            cand --field 'Print one field''s bare value'
            cand -o 'The format of the results [default: table, or WSB_OUTPUT]'
            cand --output 'The format of the results [default: table, or WSB_OUTPUT]'
            cand --query 'Apply a JMESPath expression to the JSON document'
            cand --timestamps 'How times are written [default: local time in tables, iso elsewhere]'
            cand --region 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]'
            cand --profile 'The profile of the shared AWS config files'
            cand --endpoint-url 'Another endpoint than the region''s'
            cand --ca-bundle 'Trust these certificate authorities (PEM) and no others'
            cand --max-attempts 'Attempts a call, the first included [default: 3, or AWS_MAX_ATTEMPTS]'
            cand --connect-timeout 'Time to connect, like 500ms, 10, 1m30s'
            cand --read-timeout 'Time to wait for a reply'
            cand --timeout 'Time for the whole command [default: no limit, but 1h for wait-session]'
            cand --color 'When to use colour (NO_COLOR is obeyed)'
            cand --errors 'How errors are written to standard error'
            cand --all-regions 'Ask each region of the partition where the service exists'
            cand --no-cli-pager 'Accepted for the AWS CLI''s sake: wsb has no pager'
            cand --use-fips 'Call the FIPS endpoint'
            cand --use-dual-stack 'Call the dual-stack endpoint (IPv4 and IPv6)'
            cand --no-verify-ssl 'Refused: see --ca-bundle'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Log each attempt; twice, the signed requests too (never a secret)'
            cand --verbose 'Log each attempt; twice, the signed requests too (never a secret)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'wsb;wait-session'= {
            cand --portal-id 'The portal, as the AWS CLI spells it'
            cand --session-id 'A session, as the AWS CLI spells it; may be repeated'
            cand --interval 'Time between two looks at a session, give or take a tenth'
            cand --field 'Print one field''s bare value'
            cand -o 'The format of the results [default: table, or WSB_OUTPUT]'
            cand --output 'The format of the results [default: table, or WSB_OUTPUT]'
            cand --query 'Apply a JMESPath expression to the JSON document'
            cand --timestamps 'How times are written [default: local time in tables, iso elsewhere]'
            cand --region 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]'
            cand --profile 'The profile of the shared AWS config files'
            cand --endpoint-url 'Another endpoint than the region''s'
            cand --ca-bundle 'Trust these certificate authorities (PEM) and no others'
            cand --max-attempts 'Attempts a call, the first included [default: 3, or AWS_MAX_ATTEMPTS]'
            cand --connect-timeout 'Time to connect, like 500ms, 10, 1m30s'
            cand --read-timeout 'Time to wait for a reply'
            cand --timeout 'Time for the whole command [default: no limit, but 1h for wait-session]'
            cand --color 'When to use colour (NO_COLOR is obeyed)'
            cand --errors 'How errors are written to standard error'
            cand --no-cli-pager 'Accepted for the AWS CLI''s sake: wsb has no pager'
            cand --use-fips 'Call the FIPS endpoint'
            cand --use-dual-stack 'Call the dual-stack endpoint (IPv4 and IPv6)'
            cand --no-verify-ssl 'Refused: see --ca-bundle'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Log each attempt; twice, the signed requests too (never a secret)'
            cand --verbose 'Log each attempt; twice, the signed requests too (never a secret)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'wsb;local'= {
            cand --data 'Serve the portals and sessions of this JSON file'
            cand --listen 'The address to listen on; port 0 picks a free one'
            cand --color 'When to use colour (NO_COLOR is obeyed)'
            cand --errors 'How errors are written to standard error'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Log each attempt; twice, the signed requests too (never a secret)'
            cand --verbose 'Log each attempt; twice, the signed requests too (never a secret)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'wsb;completions'= {
            cand --color 'When to use colour (NO_COLOR is obeyed)'
            cand --errors 'How errors are written to standard error'
            cand --dynamic 'Complete portal and session IDs too: the shell asks wsb, which offers those of your last lists'
            cand -q 'Say nothing but results and errors'
            cand --quiet 'Say nothing but results and errors'
            cand -v 'Log each attempt; twice, the signed requests too (never a secret)'
            cand --verbose 'Log each attempt; twice, the signed requests too (never a secret)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'wsb;help'= {
            cand get-session 'Show one session, or many'
            cand list-sessions 'Find sessions on a portal'
            cand list-portals 'Find portals in a region, or in all of them'
            cand wait-session 'Block until sessions have ended'
            cand local 'Run a stand-in for the service on loopback'
            cand completions 'Print a completion script'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'wsb;help;get-session'= {
        }
        &'wsb;help;list-sessions'= {
        }
        &'wsb;help;list-portals'= {
        }
        &'wsb;help;wait-session'= {
        }
        &'wsb;help;local'= {
        }
        &'wsb;help;completions'= {
        }
        &'wsb;help;help'= {
        }
    ]
    $completions[$command]
}
