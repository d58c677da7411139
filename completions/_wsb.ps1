
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'wsb' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'wsb'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'wsb' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('get-session', 'get-session', [CompletionResultType]::ParameterValue, 'Show one session, or many')
            [CompletionResult]::new('list-sessions', 'list-sessions', [CompletionResultType]::ParameterValue, 'Find sessions on one portal, several or all')
            [CompletionResult]::new('list-portals', 'list-portals', [CompletionResultType]::ParameterValue, 'Find portals in a region, or in all of them')
            [CompletionResult]::new('get-usage', 'get-usage', [CompletionResultType]::ParameterValue, 'Show how full portals are, now and before')
            [CompletionResult]::new('wait-session', 'wait-session', [CompletionResultType]::ParameterValue, 'Block until sessions have ended')
            [CompletionResult]::new('watch-sessions', 'watch-sessions', [CompletionResultType]::ParameterValue, 'Print an event for each session that starts or ends')
            [CompletionResult]::new('local', 'local', [CompletionResultType]::ParameterValue, 'Run an emulator for the service on loopback')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wsb;get-session' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'The portal, as the AWS CLI spells it')
            [CompletionResult]::new('--session-id', '--session-id', [CompletionResultType]::ParameterName, 'A session, as the AWS CLI spells it; may be repeated')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print one field''s bare value')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'Calls at a time [default: 16; 64 with --all-portals or --all-regions]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Every portal of each region of the partition where the service exists')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;list-sessions' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'A portal, as the AWS CLI spells it')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only sessions with this status')
            [CompletionResult]::new('--username', '--username', [CompletionResultType]::ParameterName, 'Only sessions of this user')
            [CompletionResult]::new('--session-id', '--session-id', [CompletionResultType]::ParameterName, 'Only this session')
            [CompletionResult]::new('--sort-by', '--sort-by', [CompletionResultType]::ParameterName, 'The order within each portal [default: newest first; oldest first with --active-at or --active-until, which reads fewer pages]')
            [CompletionResult]::new('--address', '--address', [CompletionResultType]::ParameterName, 'Only sessions that used this address or network, at any time of their run; may be repeated. Asks GetSession for each session that the other options leave')
            [CompletionResult]::new('--max-items', '--max-items', [CompletionResultType]::ParameterName, 'End after so many sessions')
            [CompletionResult]::new('--page-size', '--page-size', [CompletionResultType]::ParameterName, 'Sessions asked for at a time [default: the service''s]')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print one field''s bare value')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only sessions that started then or later')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only sessions that started then or earlier')
            [CompletionResult]::new('--active-at', '--active-at', [CompletionResultType]::ParameterName, 'Only sessions that were running at that moment')
            [CompletionResult]::new('--active-since', '--active-since', [CompletionResultType]::ParameterName, 'Only sessions that were still running then, or started later')
            [CompletionResult]::new('--active-until', '--active-until', [CompletionResultType]::ParameterName, 'Only sessions that started then or earlier, and so may have been running')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Every portal of each region of the partition where the service exists')
            [CompletionResult]::new('--with-addresses', '--with-addresses', [CompletionResultType]::ParameterName, 'Add the addresses that each session used. Asks GetSession for each')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;list-portals' {
            [CompletionResult]::new('--page-size', '--page-size', [CompletionResultType]::ParameterName, 'Portals asked for at a time [default: the service''s]')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print one field''s bare value')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Ask each region of the partition where the service exists')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;get-usage' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'A portal, as the AWS CLI spells it')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'From when on peaks, sessions and users are told [default: 35d, as long as AWS keeps sessions]')
            [CompletionResult]::new('--by', '--by', [CompletionResultType]::ParameterName, 'One row per portal and day or hour, in local time')
            [CompletionResult]::new('--fail-above', '--fail-above', [CompletionResultType]::ParameterName, 'End with exit code 13 if a portal''s use is now above this share of its limit, as in 80%')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print one field''s bare value')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Every portal of each region of the partition where the service exists')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;wait-session' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'The portal, as the AWS CLI spells it')
            [CompletionResult]::new('--session-id', '--session-id', [CompletionResultType]::ParameterName, 'A session, as the AWS CLI spells it; may be repeated')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'Poll interval (±10 %)')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print one field''s bare value')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Wait until two looks in a row find no active session on the portal; every argument is a PORTAL')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Every portal of each region of the partition where the service exists')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;watch-sessions' {
            [CompletionResult]::new('--portal-id', '--portal-id', [CompletionResultType]::ParameterName, 'A portal, as the AWS CLI spells it')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'Poll interval (±10 %); CloudTrail logs every call')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'End after this time, with exit code 0 [default: never]')
            [CompletionResult]::new('--field', '--field', [CompletionResultType]::ParameterName, 'Print one field''s bare value')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--all-portals', '--all-portals', [CompletionResultType]::ParameterName, 'Every portal of the region')
            [CompletionResult]::new('--all-regions', '--all-regions', [CompletionResultType]::ParameterName, 'Every portal of each region of the partition where the service exists')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;local' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'Serve the portals and sessions of this JSON file')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'The address to listen on; port 0 picks a free one')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;completions' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format of the results [default: table, or WSB_OUTPUT]')
            [CompletionResult]::new('--query', '--query', [CompletionResultType]::ParameterName, 'Apply a JMESPath expression to the JSON document')
            [CompletionResult]::new('--timestamps', '--timestamps', [CompletionResultType]::ParameterName, 'How times are written [default: local time in tables, iso elsewhere]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region [default: the ARN''s, AWS_REGION, AWS_DEFAULT_REGION, the profile''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the shared AWS config files')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Another endpoint than the region''s')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'Trust these certificate authorities (PEM) and no others')
            [CompletionResult]::new('--max-attempts', '--max-attempts', [CompletionResultType]::ParameterName, 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time to connect, like 500ms, 10, 1m30s')
            [CompletionResult]::new('--read-timeout', '--read-timeout', [CompletionResultType]::ParameterName, 'Time to wait for a reply')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole command [default: no limit, but 1h for wait-session]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color (NO_COLOR is obeyed)')
            [CompletionResult]::new('--errors', '--errors', [CompletionResultType]::ParameterName, 'How errors are written to standard error')
            [CompletionResult]::new('--dynamic', '--dynamic', [CompletionResultType]::ParameterName, 'Complete portal and session IDs too: the shell asks wsb, which offers those of your last lists')
            [CompletionResult]::new('--use-fips', '--use-fips', [CompletionResultType]::ParameterName, 'Call the FIPS endpoint')
            [CompletionResult]::new('--use-dual-stack', '--use-dual-stack', [CompletionResultType]::ParameterName, 'Call the dual-stack endpoint (IPv4 and IPv6)')
            [CompletionResult]::new('--no-credential-cache', '--no-credential-cache', [CompletionResultType]::ParameterName, 'Ask for temporary credentials anew: neither use nor fill the AWS CLI''s cache of them')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but results and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each attempt; twice, the requests too (never a secret)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wsb;help' {
            [CompletionResult]::new('get-session', 'get-session', [CompletionResultType]::ParameterValue, 'Show one session, or many')
            [CompletionResult]::new('list-sessions', 'list-sessions', [CompletionResultType]::ParameterValue, 'Find sessions on one portal, several or all')
            [CompletionResult]::new('list-portals', 'list-portals', [CompletionResultType]::ParameterValue, 'Find portals in a region, or in all of them')
            [CompletionResult]::new('get-usage', 'get-usage', [CompletionResultType]::ParameterValue, 'Show how full portals are, now and before')
            [CompletionResult]::new('wait-session', 'wait-session', [CompletionResultType]::ParameterValue, 'Block until sessions have ended')
            [CompletionResult]::new('watch-sessions', 'watch-sessions', [CompletionResultType]::ParameterValue, 'Print an event for each session that starts or ends')
            [CompletionResult]::new('local', 'local', [CompletionResultType]::ParameterValue, 'Run an emulator for the service on loopback')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wsb;help;get-session' {
            break
        }
        'wsb;help;list-sessions' {
            break
        }
        'wsb;help;list-portals' {
            break
        }
        'wsb;help;get-usage' {
            break
        }
        'wsb;help;wait-session' {
            break
        }
        'wsb;help;watch-sessions' {
            break
        }
        'wsb;help;local' {
            break
        }
        'wsb;help;completions' {
            break
        }
        'wsb;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
